/**
 * A slot may wait: for sources that come first, or for the list of the day, and then it has several runs. What became of it is
 * written down with the reason.
 */
export class Slots1700000000012 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`
      CREATE TABLE slot_run (
        run_id bigint NOT NULL,
        source_id text NOT NULL,
        due_at timestamptz NOT NULL,
        opened_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT slot_run_pkey PRIMARY KEY (run_id),
        CONSTRAINT slot_run_run_fkey FOREIGN KEY (run_id) REFERENCES run (id) ON DELETE CASCADE,
        CONSTRAINT slot_run_slot_fkey FOREIGN KEY (source_id, due_at) REFERENCES slot (source_id, due_at) ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX slot_run_by_slot ON slot_run (source_id, due_at)`);
    await runner.query(
      `COMMENT ON TABLE slot_run IS 'Runs that a slot opened; a run that somebody asked for is never one'`,
    );
    await runner.query(`
      INSERT INTO slot_run (run_id, source_id, due_at, opened_at)
      SELECT run_id, source_id, due_at, opened_at FROM slot WHERE run_id IS NOT NULL`);

    await runner.query(`ALTER TABLE slot DROP CONSTRAINT slot_opened_has_run_check`);
    await runner.query(`ALTER TABLE slot DROP CONSTRAINT slot_state_check`);
    await runner.query(`ALTER TABLE slot DROP COLUMN run_id`);
    await runner.query(`ALTER TABLE slot RENAME COLUMN opened_at TO written_at`);
    await runner.query(`
      ALTER TABLE slot
        ADD COLUMN reason text,
        ADD COLUMN waits_since timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN ended_at timestamptz`);
    await runner.query(`UPDATE slot SET waits_since = written_at, ended_at = written_at`);
    await runner.query(`
      ALTER TABLE slot
        ADD CONSTRAINT slot_state_check CHECK (state IN ('waiting', 'opened', 'skipped', 'missed')),
        ADD CONSTRAINT slot_ended_check CHECK ((state = 'waiting') = (ended_at IS NULL))`);
    await runner.query(`CREATE INDEX slot_waiting ON slot (source_id, due_at) WHERE state = 'waiting'`);
    await runner.query(`
      COMMENT ON COLUMN slot.waits_since IS
        'When it began to wait for sources that come first; a slot that gave way to this one may have begun'`);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP INDEX slot_waiting`);
    await runner.query(`ALTER TABLE slot DROP CONSTRAINT slot_ended_check, DROP CONSTRAINT slot_state_check`);
    await runner.query(`ALTER TABLE slot DROP COLUMN reason, DROP COLUMN waits_since, DROP COLUMN ended_at`);
    await runner.query(`ALTER TABLE slot RENAME COLUMN written_at TO opened_at`);
    await runner.query(`ALTER TABLE slot ADD COLUMN run_id bigint`);
    await runner.query(`
      UPDATE slot s SET run_id = (SELECT max(r.run_id) FROM slot_run r
                                  WHERE r.source_id = s.source_id AND r.due_at = s.due_at)`);
    await runner.query(`UPDATE slot SET state = CASE WHEN run_id IS NULL THEN 'skipped' ELSE 'opened' END`);
    await runner.query(`
      ALTER TABLE slot
        ADD CONSTRAINT slot_run_fkey FOREIGN KEY (run_id) REFERENCES run (id),
        ADD CONSTRAINT slot_state_check CHECK (state IN ('opened', 'skipped')),
        ADD CONSTRAINT slot_opened_has_run_check CHECK ((state = 'opened') = (run_id IS NOT NULL))`);
    await runner.query(`DROP TABLE slot_run`);
  }
}
