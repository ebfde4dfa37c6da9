import { Database } from '../../src/database/database.js';
import { RunLedger } from '../../src/ingestion/run-ledger.js';
import { RunOwner } from '../../src/ingestion/run-owner.js';
import { StepLedger, type Refusal } from '../../src/ingestion/step-ledger.js';
import { StepRecovery } from '../../src/ingestion/step-recovery.js';
import { StepRunner } from '../../src/ingestion/step-runner.js';
import type { ClaimedStep, RunEnd } from '../../src/ingestion/run.js';
import type { TestHouse } from './test-house.js';

/** A worker as another process would be one, whose every move a test makes. */
export class StepWorker {
  private constructor(
    private readonly house: TestHouse,
    readonly owner: RunOwner,
  ) {}

  static async open(house: TestHouse, leaseSeconds = 30): Promise<StepWorker> {
    const owner = new RunOwner(house.app.get(Database), leaseSeconds);
    await owner.open();
    return new StepWorker(house, owner);
  }

  /** Takes whatever is to be done next in the oldest run that lets itself be taken. */
  async claim(): Promise<ClaimedStep | undefined> {
    const runs = await this.house.db.database.query<{ id: number }>(
      `SELECT id FROM run WHERE ended_at IS NULL ORDER BY id`,
    );
    for (const { id } of runs) {
      const claimed = await this.claimOf(id);
      if (typeof claimed !== 'string') return claimed;
    }
    return undefined;
  }

  async claimOf(runId: number): Promise<ClaimedStep | Refusal> {
    const [step] = await this.steps.pending(runId);
    return step === undefined ? 'over' : this.steps.claim(this.owner, { runId, step }, false);
  }

  async takeOver(): Promise<void> {
    const recovery = this.house.app.get(StepRecovery);
    for (const each of await recovery.abandoned()) await recovery.takeOver(each);
  }

  end(step: ClaimedStep, state: RunEnd['state'] = 'unchanged'): Promise<unknown> {
    return this.steps.commit(step, async () => ({ result: null, end: { state } }));
  }

  /** Does the steps of a run until it ends or one of them has to wait. */
  async carryOut(runId: number): Promise<Refusal | 'ended'> {
    const signal = new AbortController().signal;
    while (!(await this.house.app.get(RunLedger).hasEnded(runId))) {
      for (const step of await this.steps.pending(runId)) {
        const done = await this.house.app
          .get(StepRunner)
          .perform(this.owner, { runId, step }, { signal, isAttended: false });
        if (done !== 'done') return done;
      }
    }
    return 'ended';
  }

  get steps(): StepLedger {
    return this.house.app.get(StepLedger);
  }

  async close(): Promise<void> {
    await this.owner.close();
  }
}
