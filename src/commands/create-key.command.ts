import { Command, CommandRunner, Help, Option } from 'nest-commander';
import { ApiKeys } from '../auth/api-keys.js';
import { SCOPES } from '../auth/permissions.js';
import { Users } from '../auth/users.js';
import { BadRequestError, NotFoundError } from '../common/errors.js';
import { inside } from './inside.js';
import { answer, answerJson, say } from './terminal.js';
import { byCommand } from './words.js';

const DEFAULT_DAYS = 90;

interface CreateKeyOptions {
  readonly user?: string;
  readonly scopes?: readonly string[];
  readonly days?: number;
  readonly from?: readonly string[];
  readonly allFields?: boolean;
  readonly json?: boolean;
}

@Command({
  name: 'create-key',
  arguments: '<name>',
  description: 'An API key for a program; it is printed once',
})
export class CreateKeyCommand extends CommandRunner {
  async run([name = '']: string[], options: CreateKeyOptions): Promise<void> {
    const { user: email, scopes = ['instruments:read'], days = DEFAULT_DAYS, from = [] } = options;
    if (email === undefined) {
      throw new BadRequestError('WORDS_UNKNOWN', 'create-key: whose is it?', 'Say so: --user <email>');
    }
    const { key, text } = await inside(async ({ app }) => {
      const user = await app.get(Users, { strict: false }).findByEmail(email);
      if (user === undefined) {
        throw new NotFoundError(
          'USER_UNKNOWN',
          `there is no user ${email}`,
          `Invite them: npx isinglass create-user ${email} --role viewer`,
        );
      }
      const order = { name, scopes, days, networks: from, mayRedistribute: options.allFields };
      return app.get(ApiKeys, { strict: false }).create(user.id, order, byCommand());
    });
    if (options.json) {
      answerJson({ key: text, publicId: key.publicId, scopes: key.scopes, expiresAt: key.expiresAt });
      return;
    }
    say(
      `${key.publicId}: ${key.scopes.join(', ')}, until ${key.expiresAt.toISOString().slice(0, 10)}. It is shown only now:`,
    );
    answer(text);
  }

  @Option({ flags: '--user <email>', description: 'Whose key it is: it may no more than they may' })
  parseUser(text: string): string {
    return text;
  }

  @Option({ flags: '--scopes <list>', description: `Of ${SCOPES.join(', ')}; instruments:read by default` })
  parseScopes(text: string): readonly string[] {
    return text.split(',').map((scope) => scope.trim());
  }

  @Option({
    flags: '--days <number>',
    description: `How long it opens, 1 to 366; ${DEFAULT_DAYS} by default`,
  })
  parseDays(text: string): number {
    return Number(text);
  }

  @Option({
    flags: '--from <list>',
    description: 'Addresses or networks from which it opens; anywhere by default',
  })
  parseFrom(text: string): readonly string[] {
    return text.split(',').map((network) => network.trim());
  }

  @Option({
    flags: '--all-fields',
    description: 'Receive all fields: those too that must not be passed on, for use in this house alone',
  })
  parseAllFields(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'Answer in JSON' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  examples(): string {
    return [
      '',
      'Examples:',
      '  npx isinglass create-key "settlement system" --user ann@example.com',
      '  npx isinglass create-key "night watch" --user ann@example.com --scopes operations:read,operations:write --days 30',
    ].join('\n');
  }
}
