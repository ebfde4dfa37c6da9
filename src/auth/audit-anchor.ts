import { Inject, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG, type Config } from '../config/settings.js';
import { AuditLog } from './audit-log.js';

const SAYS_EVERY_MS = 10 * 60_000;

/**
 * Says the head of the log of decisions in the log of the process, which mostly goes where the owner of the database cannot change
 * it. Against a head that was said, `npx isinglass audit verify --head` finds that lines were cut off or all written anew.
 */
@Injectable()
export class AuditAnchor {
  private readonly logger = new Logger('Audit');
  private said = '';

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'roles'>,
    private readonly log: AuditLog,
  ) {}

  @Interval(SAYS_EVERY_MS)
  async say(): Promise<void> {
    if (!this.config.roles.includes('scheduler')) return;
    try {
      const head = await this.log.head();
      if (head === null || this.said === head.hash) return;
      this.logger.log(`head of the log of decisions: ${head.id}:${head.hash}`);
      this.said = head.hash;
    } catch (error) {
      this.logger.error(error instanceof Error ? error.message : String(error));
    }
  }
}
