/** Deltas, and the audit of what they built: editions that are evidence only, and each difference that a full set showed. */
export class Drift1700000000008 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`ALTER TABLE edition DROP CONSTRAINT edition_kind_check`);
    await runner.query(
      `ALTER TABLE edition ADD CONSTRAINT edition_kind_check CHECK (kind IN ('full', 'delta', 'evidence'))`,
    );
    await runner.query(`ALTER TABLE edition DROP CONSTRAINT edition_state_check`);
    await runner.query(
      `ALTER TABLE edition ADD CONSTRAINT edition_state_check
         CHECK (state IN ('loaded', 'held', 'refused', 'published', 'compared'))`,
    );
    await runner.query(`ALTER TABLE edition ADD COLUMN mics text[]`);
    await runner.query(
      `ALTER TABLE edition ADD COLUMN last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp()`,
    );
    await runner.query(
      `COMMENT ON COLUMN edition.last_seen_at IS 'When a run last brought these very bytes'`,
    );
    await runner.query(`COMMENT ON COLUMN edition.mics IS 'Venues that were taken of it; null for all'`);
    await runner.query(
      `COMMENT ON COLUMN edition.scopes IS 'What it speaks for; of a delta the scopes that were taken, * for all'`,
    );
    await runner.query(`ALTER TABLE edition_part ADD COLUMN md5 text`);
    await runner.query(`ALTER TABLE file ADD COLUMN removed_at timestamptz`);
    await runner.query(`
      COMMENT ON COLUMN file.removed_at IS 'When its bytes were deleted because newer editions made them needless'`);

    await runner.query(`
      CREATE TABLE drift (
        run_id bigint NOT NULL,
        isin text NOT NULL,
        mic text NOT NULL,
        reason text NOT NULL,
        fields text[] NOT NULL DEFAULT '{}',
        CONSTRAINT drift_pkey PRIMARY KEY (run_id, isin, mic),
        CONSTRAINT drift_run_fkey FOREIGN KEY (run_id) REFERENCES run (id) ON DELETE CASCADE,
        CONSTRAINT drift_reason_check CHECK (reason IN ('vanished', 'appeared', 'differs', 'cancelled'))
      )`);
    await runner.query(`
      COMMENT ON TABLE drift IS
        'Where a full set says something else than what the deltas made of the one before, record by record'`);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP TABLE drift`);
    await runner.query(`ALTER TABLE file DROP COLUMN removed_at`);
    await runner.query(`ALTER TABLE edition_part DROP COLUMN md5`);
    await runner.query(`COMMENT ON COLUMN edition.scopes IS NULL`);
    await runner.query(`ALTER TABLE edition DROP COLUMN last_seen_at`);
    await runner.query(`ALTER TABLE edition DROP COLUMN mics`);
    await runner.query(`ALTER TABLE edition DROP CONSTRAINT edition_state_check`);
    await runner.query(
      `ALTER TABLE edition ADD CONSTRAINT edition_state_check CHECK (state IN ('loaded', 'held', 'refused', 'published'))`,
    );
    await runner.query(`ALTER TABLE edition DROP CONSTRAINT edition_kind_check`);
    await runner.query(
      `ALTER TABLE edition ADD CONSTRAINT edition_kind_check CHECK (kind IN ('full', 'delta'))`,
    );
  }
}
