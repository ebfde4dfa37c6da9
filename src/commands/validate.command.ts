import { createInterface } from 'node:readline';
import { Command, CommandRunner, Option } from 'nest-commander';
import { explainIsin, type IsinVerdict } from '../domain/isin.js';
import { answer, answerJson } from './terminal.js';

@Command({
  name: 'validate',
  arguments: '<isin...>',
  argsDescription: { isin: 'In any case, with blanks or hyphens; "-" alone reads one a line from stdin' },
  description:
    'Are these ISINs, why not, and what may have been meant? Needs no database. Exit code 0 when all are valid',
})
export class ValidateCommand extends CommandRunner {
  async run(words: string[], options: { json?: boolean }): Promise<void> {
    const asked = words.flat();
    const verdicts: IsinVerdict[] = [];
    for await (const text of asked.length === 1 && asked[0] === '-' ? linesOfStdin() : asked) {
      const verdict = explainIsin(text);
      if (!verdict.isValid) process.exitCode = 1;
      if (options.json) verdicts.push(verdict);
      else answer(described(verdict));
    }
    if (options.json) answerJson(verdicts);
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}

async function* linesOfStdin(): AsyncIterable<string> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== '') yield line.trim();
  }
}

function described({ input, isin, isValid, prefix, reasons, suggestions }: IsinVerdict): string {
  if (isValid) return `${isin}  valid  ${prefix?.name ?? ''}`.trimEnd();
  const meant = suggestions.length === 0 ? '' : ` Did you mean ${suggestions.join(' or ')}?`;
  return `${input}  invalid  ${reasons.map(({ message }) => message).join(' ')}${meant}`;
}
