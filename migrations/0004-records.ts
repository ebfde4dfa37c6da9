const CONTENT = `
        isin text NOT NULL,
        source_id text NOT NULL,
        mic text NOT NULL,
        scope text NOT NULL,
        part text NOT NULL,
        status text NOT NULL,
        name text,
        short_name text,
        cfi text,
        currency text,
        issuer_lei text,
        symbol text,
        first_trade_on date,
        termination_on date,
        details jsonb NOT NULL,
        content_hash uuid NOT NULL,
        exact_hash uuid NOT NULL,
        valid_from date NOT NULL,
        recorded_at timestamptz NOT NULL,
        publication bigint NOT NULL,
        edition_id bigint NOT NULL`;

/** What each source says about each ISIN on each venue, with two clocks, and every version that was superseded. */
export class Records1700000000004 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`
      CREATE TABLE record (${CONTENT},
        CONSTRAINT record_isin_source_mic_pkey PRIMARY KEY (isin, source_id, mic),
        CONSTRAINT record_status_check CHECK (status IN
          ('active', 'pending', 'terminated', 'cancelled', 'missing', 'unknown'))
      )`);
    await runner.query(`
      COMMENT ON COLUMN record.content_hash IS 'Over everything but cosmetic differences (case, runs of blanks): equal means no new version'`);
    await runner.query(
      `COMMENT ON COLUMN record.exact_hash IS 'Over everything: differs from content_hash''s verdict only cosmetically'`,
    );
    await runner.query(
      `COMMENT ON COLUMN record.scope IS 'The part of the source that speaks for this record: only a full edition that covers it can end it'`,
    );
    await runner.query(`COMMENT ON COLUMN record.part IS 'The part of the edition whose file says so'`);
    await runner.query(`CREATE INDEX record_by_source_scope ON record (source_id, scope)`);
    await runner.query(`CREATE INDEX record_by_mic ON record (mic, isin)`);

    await runner.query(`
      CREATE TABLE record_history (${CONTENT},
        CONSTRAINT record_history_pkey PRIMARY KEY (isin, source_id, mic, valid_from, recorded_at)
      )`);

    // Staging has no keys: what is twice in a file is found, and explained, by the gate.
    await runner.query(`
      CREATE TABLE staging.record (
        part text NOT NULL,
        line bigint NOT NULL,
        precedence integer NOT NULL,
        isin text NOT NULL,
        mic text NOT NULL,
        scope text NOT NULL,
        status text NOT NULL,
        name text,
        short_name text,
        cfi text,
        currency text,
        issuer_lei text,
        symbol text,
        first_trade_on date,
        termination_on date,
        details jsonb NOT NULL,
        content_hash uuid NOT NULL,
        exact_hash uuid NOT NULL
      )`);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP TABLE staging.record`);
    await runner.query(`DROP TABLE record_history`);
    await runner.query(`DROP TABLE record`);
  }
}
