import { Command, CommandRunner, Option } from 'nest-commander';
import { decodeCfi } from '../domain/cfi.js';
import { explainIsin, isIsin, normaliseIsin } from '../domain/isin.js';
import { InstrumentReader, type InstrumentWithListings } from '../instruments/instrument-reader.js';
import { inside } from './inside.js';
import { answer, answerJson } from './terminal.js';

@Command({
  name: 'lookup',
  arguments: '<isin...>',
  argsDescription: { isin: 'In any case, with blanks or hyphens' },
  description: 'What the house knows of ISINs. Exit code 0 when it knows all of them',
})
export class LookupCommand extends CommandRunner {
  async run(words: string[], options: { json?: boolean }): Promise<void> {
    const asked = words.flat();
    const found = await inside(async ({ app }) => {
      const reader = app.get(InstrumentReader, { strict: false });
      return Promise.all(
        asked.map(async (text) => {
          const verdict = explainIsin(text);
          const isin = normaliseIsin(text);
          const instrument = isIsin(isin) ? await reader.find(isin) : undefined;
          return { input: text, verdict, instrument: instrument ?? null };
        }),
      );
    });
    if (found.some(({ instrument }) => instrument === null)) process.exitCode = 1;
    if (options.json) {
      answerJson(
        found.map(({ input, verdict, instrument }) => ({
          input,
          state: instrument ? 'found' : verdict.isValid ? 'unknown' : 'invalid',
          reasons: verdict.reasons,
          suggestions: verdict.suggestions,
          instrument,
        })),
      );
      return;
    }
    for (const { input, verdict, instrument } of found) {
      if (instrument !== null) answer(described(instrument));
      else if (verdict.isValid) answer(`${input}: a valid ISIN, and no source we read has it`);
      else
        answer(
          `${input}: no ISIN: ${verdict.reasons.map(({ message }) => message).join(' ')}${meant(verdict)}`,
        );
    }
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}

function meant({ suggestions }: { readonly suggestions: readonly string[] }): string {
  return suggestions.length === 0 ? '' : ` Did you mean ${suggestions.join(' or ')}?`;
}

function described(instrument: InstrumentWithListings): string {
  const cfi = instrument.cfi === null ? null : `${instrument.cfi} ${decodeCfi(instrument.cfi)?.words ?? ''}`;
  const facts = [
    ['CFI', cfi],
    ['currency', instrument.currency],
    ['issuer', instrument.issuerLei],
    ['first trade', instrument.firstTradeOn],
    ['valid from', `${instrument.validFrom}, publication ${instrument.publication}`],
  ].flatMap(([label, value]) => (value ? [`  ${label?.padEnd(12)} ${value}`] : []));
  const listings = instrument.listings.map(
    ({ mic, symbol, status, source, edition }) =>
      `  ${mic.padEnd(12)} ${symbol ?? '–'} ${status} (${source}, edition ${edition})`,
  );
  return [
    `${instrument.isin}  ${instrument.name ?? '–'}  [${instrument.status}]`,
    ...facts,
    ...listings,
  ].join('\n');
}
