import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Job, PgBoss } from 'pg-boss';
import { CONFIG, type Config } from '../config/settings.js';
import { Database, type Queryable } from '../database/database.js';
import { bossOn, DEAD_LETTERS, QUEUES, type QueueName } from '../database/job-queues.js';

const POLL_SECONDS = 1;

/** A step to be done by whoever takes the job. */
export interface StepJob {
  readonly runId: number;
  readonly epoch: number;
  readonly step: string;
  /** Which job for this step it is: one that was sent already is not sent again. */
  readonly job: number;
  /** Not before so many milliseconds from now. */
  readonly waitMs: number;
}

export type StepJobData = Pick<StepJob, 'runId' | 'epoch' | 'step'>;

/** Which queue a step waits in. */
export function queueOf(step: string): QueueName {
  const [kind] = step.split(' ');
  if (kind === 'locate') return 'locate';
  return kind === 'load' || kind === 'stage' ? 'load' : 'publish';
}

const COMPLAINS_EVERY_MS = 60_000;

/**
 * The queue of steps, which is pg-boss on the house's own PostgreSQL. A job only says that a step may be due: whether it is,
 * and who does it, is decided by the ledger when the step is claimed. So a job that comes twice, late or never does no harm.
 */
@Injectable()
export class Jobs implements OnApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private boss: Promise<PgBoss> | undefined;
  /** Of its own, so that loads and merges that use up the house's pool do not keep jobs from being told of. */
  private pool: Database | undefined;
  private working: PgBoss | undefined;
  private workers: string[] = [];
  private complaint = { message: '', atMs: 0 };

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
  ) {}

  /** Sends jobs in the caller's transaction: they are there exactly if it commits. */
  async send(client: Queryable, jobs: readonly StepJob[]): Promise<void> {
    if (jobs.length === 0) return;
    const boss = await this.started();
    for (const queue of QUEUES) {
      const inserts = jobs.filter(({ step }) => queueOf(step) === queue).map(insertOf);
      if (inserts.length > 0) await boss.insert(queue, inserts, { db: executing(client) });
    }
  }

  /** Lets the workers of this very process look at once, after a transaction that sent jobs was committed. */
  wake(): void {
    for (const worker of this.workers) this.working?.notifyWorker(worker);
  }

  /**
   * Hands jobs to `perform` until {@link stopWorking}; so many at once per queue.
   * @param perform throws only when not even the ledger could be told: the job is tried again
   * @param bury is told of jobs that came to nothing again and again
   */
  async work(
    parallel: Readonly<Record<QueueName, number>>,
    perform: (job: StepJobData) => Promise<void>,
    bury: (job: StepJobData) => Promise<void>,
  ): Promise<void> {
    const boss = await this.started();
    this.working = boss;
    await boss.work<StepJobData>(DEAD_LETTERS, { pollingIntervalSeconds: 10 }, (jobs) => each(jobs, bury));
    for (const queue of QUEUES) {
      const options = { pollingIntervalSeconds: POLL_SECONDS, localConcurrency: parallel[queue] };
      this.workers.push(await boss.work<StepJobData>(queue, options, (jobs) => each(jobs, perform)));
    }
  }

  /** Takes no more jobs, and waits for those at work, which should have been told to stop. */
  async stopWorking(): Promise<void> {
    const { working } = this;
    this.workers = [];
    this.working = undefined;
    if (working === undefined) return;
    await Promise.all([...QUEUES, DEAD_LETTERS].map((queue) => working.offWork(queue, { wait: true })));
  }

  async onApplicationShutdown(): Promise<void> {
    const boss = await this.boss?.catch(() => undefined);
    await boss?.stop({ graceful: false }).catch(() => undefined);
    await this.pool?.close();
  }

  /** While PostgreSQL is away several looks fail each second, all for the same reason. */
  private complain(message: string): void {
    const now = performance.now();
    if (message === this.complaint.message && now - this.complaint.atMs < COMPLAINS_EVERY_MS) return;
    this.complaint = { message, atMs: now };
    this.logger.warn(`pg-boss: ${message}`);
  }

  private started(): Promise<PgBoss> {
    this.pool ??= new Database(this.database.url, { maxConnections: 4, onError: () => undefined });
    this.boss ??= bossOn(this.pool, {
      supervise: this.config.roles.includes('worker'),
      onError: (error) => this.complain(error.message),
    })
      .start()
      .catch((error: unknown) => {
        this.boss = undefined;
        throw error;
      });
    return this.boss;
  }
}

function insertOf({ runId, epoch, step, job, waitMs }: StepJob): {
  data: StepJobData;
  singletonKey: string;
  startAfter: number;
} {
  return {
    data: { runId, epoch, step },
    singletonKey: `${runId}/${epoch}/${step}/${job}`,
    startAfter: Math.max(0, Math.ceil(waitMs / 1_000)),
  };
}

async function each(
  jobs: readonly Job<StepJobData>[],
  perform: (job: StepJobData) => Promise<void>,
): Promise<void> {
  for (const { data } of jobs) await perform(data);
}

function executing(client: Queryable): {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
} {
  return { executeSql: async (text, values) => client.query(text, values) };
}
