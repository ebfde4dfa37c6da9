/** What the retention job needs: ways to find what is old without reading all of it, and where it says what it did last. */
export class Retention1700000000013 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`CREATE INDEX run_event_by_age ON run_event (at)`);
    await runner.query(`
      CREATE TABLE retention (
        is_only boolean NOT NULL DEFAULT true,
        began_at timestamptz NOT NULL,
        ended_at timestamptz NOT NULL,
        deleted jsonb NOT NULL,
        error jsonb,
        CONSTRAINT retention_pkey PRIMARY KEY (is_only),
        CONSTRAINT retention_only_check CHECK (is_only)
      )`);
    await runner.query(
      `COMMENT ON TABLE retention IS 'What the last sweep deleted, by kind, and what stopped it if something did; one row'`,
    );
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP TABLE retention`);
    await runner.query(`DROP INDEX run_event_by_age`);
  }
}
