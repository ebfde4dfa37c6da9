import { Command, CommandRunner, Help, Option } from 'nest-commander';
import { Invitations } from '../auth/invitations.js';
import { readConfig } from '../config/settings.js';
import { USER_ROLES } from '../domain/user-role.js';
import { Users } from '../auth/users.js';
import { inside } from './inside.js';
import { readLine } from './read-line.js';
import { answer, answerJson, say } from './terminal.js';
import { byCommand, parseChoice } from './words.js';

interface CreateUserOptions {
  readonly role?: string;
  readonly name?: string;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

@Command({
  name: 'create-user',
  arguments: '<email>',
  description: 'Let somebody in: prints a link by which they choose their password',
})
export class CreateUserCommand extends CommandRunner {
  async run([email = '']: string[], options: CreateUserOptions): Promise<void> {
    const { role = 'viewer', name = '', passwordStdin } = options;
    if (passwordStdin) {
      const password = await readLine();
      const user = await inside(({ app }) =>
        app.get(Users, { strict: false }).create(email, name, role, password, byCommand()),
      );
      if (options.json) answerJson({ user: user.email, role: user.role, link: null });
      else answer(`${user.email} may sign in, with the role ${user.role}.`);
      return;
    }
    const { user, link } = await inside(({ app }) =>
      app.get(Invitations, { strict: false }).invite(email, name, role, byCommand()),
    );
    if (options.json) answerJson({ user: user.email, role: user.role, link });
    else if (link === null) answer(`A link was mailed to ${user.email}, invited with the role ${user.role}.`);
    else {
      answer(
        `${user.email} is invited, with the role ${user.role}. This link opens once, within seven days, where the house runs:\n${link}`,
      );
      // A house that runs may have been started with others than this shell has.
      if (readConfig().publicUrl === undefined) {
        say('Its address is by HOST and PORT of this shell. Where the house listens elsewhere, change it.');
      }
    }
  }

  @Option({ flags: '--role <role>', description: 'viewer (default), steward or admin' })
  parseRole(text: string): string {
    return parseChoice(text, '--role', USER_ROLES);
  }

  @Option({ flags: '--name <name>', description: 'How they are called' })
  parseName(text: string): string {
    return text;
  }

  @Option({
    flags: '--password-stdin',
    description: 'Take the password from stdin, one line, and make no link',
  })
  parsePasswordStdin(): boolean {
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
      '  npx isinglass create-user ann@example.com --role admin',
      '  npx isinglass create-user ann@example.com --role admin --password-stdin < password.txt',
    ].join('\n');
  }
}
