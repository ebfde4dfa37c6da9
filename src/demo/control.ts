import type { IncomingMessage } from 'node:http';

import { type Fault, toFault } from './faults.js';
import { type Answer, plainAnswer } from './http-answer.js';
import type { SimulatedPublisher } from './publisher.js';

const MOST_BYTES = 65_536;

/**
 * Turns the knobs as a POST to `/_control` asks and answers with their new positions. What it does not understand
 * changes nothing and is a 400.
 */
export async function answerControl(
  publisher: SimulatedPublisher,
  request: IncomingMessage,
): Promise<Answer> {
  try {
    const { day, fault } = parseControl(publisher, await readText(request));
    if (day !== undefined) publisher.setDay(day);
    if (fault !== undefined) publisher.setFault(fault);
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return plainAnswer(400, error.message);
    throw error;
  }
  const { day, world, fault } = publisher;
  const state = { day, date: world.dateOf(day), lastDay: world.lastDay, fault };
  return plainAnswer(200, JSON.stringify(state), { 'Content-Type': 'application/json' });
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MOST_BYTES) chunks.push(chunk);
  }
  if (size > MOST_BYTES) throw new RangeError(`send at most ${MOST_BYTES} bytes`);
  return Buffer.concat(chunks).toString();
}

function parseControl(publisher: SimulatedPublisher, text: string): { day?: number; fault?: Fault | null } {
  const asked: unknown = JSON.parse(text);
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) {
    throw new RangeError('send a JSON object');
  }
  const { day, advance, fault, match, times, ...others } = asked as Record<string, unknown>;
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw new RangeError(`unknown: ${unknown.join(', ')}; see GET /`);
  if (day !== undefined && advance !== undefined) throw new RangeError('send either day or advance');
  const isFaultless = fault === undefined || fault === null;
  if (isFaultless && (match ?? times) !== undefined) throw new RangeError('match and times need a fault');
  return {
    ...(day !== undefined && { day: toDay(publisher, 'day', day) }),
    ...(advance !== undefined && { day: toDay(publisher, 'advance', advance) }),
    ...(fault !== undefined && { fault: fault === null ? null : toFault({ name: fault, match, times }) }),
  };
}

function toDay(publisher: SimulatedPublisher, name: 'day' | 'advance', value: unknown): number {
  if (typeof value !== 'number') throw new RangeError(`${name} must be a number`);
  const day = name === 'day' ? value : publisher.day + value;
  publisher.world.dateOf(day);
  return day;
}
