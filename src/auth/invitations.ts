import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/settings.js';
import type { By } from './audit-log.js';
import { Mailer } from './mail.js';
import { OneTimeLinks } from './one-time-links.js';
import { SignInLimits } from './sign-in-limits.js';
import { Users, type InvitedUser, type User } from './users.js';

/** Of one user that open at once, where strangers ask for them. */
const MOST_LINKS = 5;

/** A link that was mailed, or that is to be handed over. */
export interface MadeLink {
  readonly user: User;
  /** `null` when it was mailed: then nobody but its reader has it. */
  readonly link: string | null;
}

/** Brings links to a password to whom they are for. */
@Injectable()
export class Invitations {
  constructor(
    private readonly users: Users,
    private readonly links: OneTimeLinks,
    private readonly mailer: Mailer,
    private readonly limits: SignInLimits,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl' | 'host' | 'port'>,
  ) {}

  /** @throws as {@link Users.invite} */
  async invite(email: string, name: string, role: string, by: By): Promise<MadeLink> {
    return this.bring(await this.users.invite(email, name, role, by));
  }

  /** @throws as {@link Users.passwordLink} */
  async passwordLink(userId: string, by: By): Promise<MadeLink> {
    return this.bring(await this.users.passwordLink(userId, by));
  }

  /** For somebody who forgot: nobody is told whether there is such an account, not even by the time it takes. */
  async mailPasswordLink(email: string, by: By): Promise<void> {
    const user = await this.users.findByEmail(email);
    if (user === undefined || user.state === 'disabled' || !this.mailer.isSet) return;
    // Nobody's mailbox is filled by others, and who asks may be anybody: the links that there are go on, and are enough.
    await this.limits.take(`link ${user.id}`);
    if ((await this.links.count(user.id)) >= MOST_LINKS) return;
    const made = await this.users.passwordLink(user.id, by, 'stay');
    await this.mailer.send(mailOf(made, this.linkOf(made)));
  }

  private async bring(made: InvitedUser): Promise<MadeLink> {
    const link = this.linkOf(made);
    const isMailed = await this.mailer.send(mailOf(made, link));
    return { user: made.user, link: isMailed ? null : link };
  }

  private linkOf({ user, token }: InvitedUser): string {
    const page = user.state === 'invited' ? 'invitation' : 'password-reset';
    return `${houseUrl(this.config)}/${page}?token=${token}`;
  }
}

/** Where people find the house. */
export function houseUrl({ publicUrl, host, port }: Pick<Config, 'publicUrl' | 'host' | 'port'>): string {
  return publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function mailOf({ user }: InvitedUser, link: string): { to: string; subject: string; text: string } {
  const isNew = user.state === 'invited';
  return {
    to: user.email,
    subject: isNew ? 'Your invitation to Isinglass' : 'A new password for Isinglass',
    text: [
      isNew ? 'You are invited to Isinglass. Choose your password here:' : 'Choose a new password here:',
      '',
      link,
      '',
      isNew
        ? 'The link opens once, within seven days.'
        : 'The link opens once, within an hour. If it was not you who asked for it, do nothing: your password stays as it is.',
    ].join('\n'),
  };
}
