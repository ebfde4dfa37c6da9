import type { INestApplicationContext } from '@nestjs/common';
import { Operator } from '../../src/ingestion/operator.js';

/** Asks for a run of a source, as a person does over the API. @returns its number */
export async function askFor(app: INestApplicationContext, source: string): Promise<number> {
  const { run } = await app.get(Operator, { strict: false }).run(source, {}, 'api', { actor: 'test' });
  return run;
}
