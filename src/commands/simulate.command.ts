import { Command, CommandRunner, Option } from 'nest-commander';
import { BadRequestError } from '../common/errors.js';
import { startSimulatedPublisher } from '../demo/simulated-publisher.js';
import { stopSignal } from '../stop-signal.js';
import { answer, answerJson, say } from './terminal.js';

interface SimulateOptions {
  port?: number;
  seed?: number;
  instruments?: number;
  days?: number;
  firdsPartSize?: number;
  json?: boolean;
}

@Command({
  name: 'simulate',
  description:
    'Start the simulated publisher: NSE, ISO 10383, ESMA and FCA FIRDS, invented, over HTTP, with faults to switch on',
})
export class SimulateCommand extends CommandRunner {
  async run(_words: string[], { json, ...options }: SimulateOptions): Promise<void> {
    const stop = stopSignal();
    const { instruments } = options;
    // One number for both worlds: that of NSE's lists takes as many as they can hold, FIRDS takes all.
    const publisher = await startSimulatedPublisher({
      ...options,
      ...(instruments !== undefined && { firdsInstruments: instruments }),
    });
    if (json) answerJson({ url: publisher.url });
    else answer(publisher.url);
    say(`It explains itself at ${publisher.url}/`);
    say(`To read from it: ISINGLASS_MIRROR_URL=${publisher.url} npx isinglass ingest in-nse-equities`);
    try {
      await stop.told;
    } finally {
      await publisher.close();
    }
  }

  @Option({ flags: '--port <number>', description: 'Port to listen on (default: any free one)' })
  parsePort(text: string): number {
    return wholeNumber('--port', text);
  }

  @Option({ flags: '--seed <number>', description: 'Another seed, another world (default: 1)' })
  parseSeed(text: string): number {
    return wholeNumber('--seed', text);
  }

  @Option({
    flags: '--instruments <number>',
    description: 'How many there are on the first day (default: 5000 of NSE, 3000 of FIRDS)',
  })
  parseInstruments(text: string): number {
    return wholeNumber('--instruments', text);
  }

  @Option({
    flags: '--firds-part-size <number>',
    description: 'How many records a FIRDS file holds at most (default: 500000)',
  })
  parseFirdsPartSize(text: string): number {
    return wholeNumber('--firds-part-size', text);
  }

  @Option({ flags: '--days <number>', description: 'How many days the world lasts' })
  parseDays(text: string): number {
    return wholeNumber('--days', text);
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new BadRequestError('NUMBER_INVALID', `${flag}: "${text}" is no whole number`, 'Write digits only.');
}
