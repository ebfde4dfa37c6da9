import { open } from 'node:fs/promises';
import { Command, CommandRunner, Help, Option, SubCommand } from 'nest-commander';
import {
  linesOfExport,
  parseHead,
  verifyChain,
  type ChainHead,
  type ChainVerdict,
} from '../auth/audit-chain.js';
import { AuditLog } from '../auth/audit-log.js';
import { BadRequestError, ConflictError } from '../common/errors.js';
import { Database } from '../database/database.js';
import { inside } from './inside.js';
import { answer, answerJson, count } from './terminal.js';
import { byCommand } from './words.js';

@SubCommand({
  name: 'verify',
  description: 'Read the log from its beginning, and see that no line was changed, left out or put in',
})
export class AuditVerifyCommand extends CommandRunner {
  async run(_words: string[], options: { file?: string; head?: ChainHead; json?: boolean }): Promise<void> {
    const { file, head } = options;
    const verdict =
      file === undefined
        ? await inside(({ app }) => verifyChain(app.get(AuditLog, { strict: false }).sealed(), head))
        : await verifyFile(file, head);
    if (verdict.broken !== null) throw brokenLog(verdict.broken, file);
    if (options.json) answerJson(verdict);
    else answer(sound(verdict));
  }

  @Option({
    flags: '--head <head>',
    description: 'A head that was printed before: the log must still have that line',
  })
  parseHead(text: string): ChainHead {
    return parseHead(text);
  }

  @Option({ flags: '--file <path>', description: 'Verify an export instead of the database' })
  parseFile(text: string): string {
    return text;
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }
}

@SubCommand({
  name: 'export',
  description: 'All lines with their seals, as one JSON object a line, the oldest first',
})
export class AuditExportCommand extends CommandRunner {
  async run(): Promise<void> {
    await inside(async ({ app }) => {
      const audit = app.get(AuditLog, { strict: false });
      for await (const line of audit.sealed()) answer(JSON.stringify(line));
      // Who took it away. Not among the lines that they took.
      await app
        .get(Database, { strict: false })
        .transaction((client) => audit.write(client, byCommand(), { action: 'export-log' }));
    });
  }
}

@Command({
  name: 'audit',
  arguments: '[words...]',
  subCommands: [AuditVerifyCommand, AuditExportCommand],
  description: 'Verify or export the log of what people decided: audit verify, audit export',
})
export class AuditCommand extends CommandRunner {
  run(words: string[]): Promise<void> {
    throw new BadRequestError(
      'WORDS_UNKNOWN',
      words.flat().length === 0
        ? 'audit: verify it, or export it?'
        : `audit: "${words.flat().join(' ')}" is neither verify nor export`,
      'For example: npx isinglass audit verify',
    );
  }

  @Help('after')
  examples(): string {
    return [
      '',
      'Examples:',
      '  npx isinglass audit verify',
      '  npx isinglass audit verify --head 17:3f2a…   the head that an earlier one printed',
      '  npx isinglass audit export > log.jsonl',
      '  npx isinglass audit verify --file log.jsonl',
    ].join('\n');
  }
}

/** @throws BadRequestError FILE_NOT_FOUND */
async function verifyFile(path: string, head: ChainHead | undefined): Promise<ChainVerdict> {
  const file = await open(path).catch(() => undefined);
  try {
    if (file === undefined || !(await file.stat()).isFile())
      throw new BadRequestError('FILE_NOT_FOUND', `There is no file ${path} to be read.`, 'Check the path.');
    return await verifyChain(linesOfExport(file.readLines(), path), head);
  } finally {
    await file?.close();
  }
}

function brokenLog(what: string, file: string | undefined): ConflictError {
  return new ConflictError(
    'AUDIT_BROKEN',
    `the log of decisions does not hold together: ${what}`,
    file === undefined
      ? 'Somebody with the rights of the database’s owner changed it: compare it with the last export, and find out who.'
      : `Somebody changed ${file}, or the log before it was exported: verify the log itself, and export it anew.`,
  );
}

function sound({ lines, head }: ChainVerdict): string {
  if (head === null) return 'Nobody has decided anything yet.';
  return [
    `${count(lines)} ${lines === 1 ? 'line holds' : 'lines hold'} together.`,
    `Head: ${head.id}:${head.hash}`,
    'Keep it elsewhere: with --head the next audit verify sees that none of these lines went or was written anew.',
  ].join('\n');
}
