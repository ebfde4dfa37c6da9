import { Command, CommandRunner, Option } from 'nest-commander';
import { decodeCfi } from '../domain/cfi.js';
import { explainIsin, isIsin, normaliseIsin } from '../domain/isin.js';
import { InstrumentReader, type InstrumentWithListings } from '../instruments/instrument-reader.js';
import { inside } from './inside.js';
import { answer, answerJson } from './terminal.js';

const SHOWN_LISTINGS = 20;

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
    ['termination', instrument.terminationOn],
    ['underlying', instrument.underlyings.map(({ isin, name }) => [isin, name].join(' ').trim()).join(', ')],
    ['valid from', `${instrument.validFrom}, publication ${instrument.publication}`],
  ].flatMap(([label, value]) => (value ? [`  ${label?.padEnd(12)} ${value}`] : []));
  // Some instruments trade on a hundred venues: the living listings come first.
  const isLiving = ({ status }: { readonly status: string }): boolean =>
    ['active', 'pending'].includes(status);
  const sorted = [...instrument.listings].sort((a, b) => Number(isLiving(b)) - Number(isLiving(a)));
  const listings = sorted
    .slice(0, SHOWN_LISTINGS)
    .map(
      ({ mic, symbol, status, source, edition }) =>
        `  ${mic.padEnd(12)} ${symbol ? `${symbol} ` : ''}${status} (${source}, edition ${edition})`,
    );
  if (sorted.length > SHOWN_LISTINGS)
    listings.push(`  and ${sorted.length - SHOWN_LISTINGS} listings more: --json shows all`);
  return [
    `${instrument.isin}  ${instrument.name ?? '–'}  [${instrument.status}]`,
    ...facts,
    ...listings,
  ].join('\n');
}
