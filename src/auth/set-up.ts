import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG, type Config } from '../config/settings.js';
import { Database } from '../database/database.js';
import { OneTimeLinks } from './one-time-links.js';
import { Sessions } from './sessions.js';
import { SignInLimits } from './sign-in-limits.js';
import { Users } from './users.js';

const FORGETS_EVERY_MS = 10 * 60_000;

/** The beginning of a house, and its housekeeping: what no longer opens or limits anything is deleted. */
@Injectable()
export class SetUp {
  constructor(
    private readonly database: Database,
    private readonly users: Users,
    private readonly links: OneTimeLinks,
    private readonly sessions: Sessions,
    private readonly limits: SignInLimits,
    @Inject(CONFIG) private readonly config: Pick<Config, 'roles' | 'setupToken' | 'publicUrl'>,
  ) {}

  /**
   * While there is no admin: a link that makes one, for an hour.
   * @param url where this process listens; people may know the house by another one
   * @returns what to tell the operator; `null` when there is an admin
   */
  async link(url: string): Promise<string | null> {
    if (await this.users.isThereAnAdmin()) return null;
    const { setupToken, publicUrl } = this.config;
    const token = await this.database.transaction((client) =>
      this.links.make(client, 'set-up', null, setupToken),
    );
    const page = `${publicUrl ?? url}/set-up`;
    return setupToken === undefined
      ? `${page}?token=${token}`
      : `${page}, with the token of ISINGLASS_SETUP_TOKEN`;
  }

  @Interval(FORGETS_EVERY_MS)
  async forgetOld(): Promise<void> {
    if (!this.config.roles.includes('scheduler')) return;
    await this.sessions.forgetEnded();
    await this.limits.forgetOld();
    await this.links.forgetEnded();
  }
}
