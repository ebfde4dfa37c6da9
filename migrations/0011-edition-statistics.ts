/** What the gate counted in each full set, by which it judges the next ones. */
export class EditionStatistics1700000000011 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`
      CREATE TABLE edition_statistic (
        run_id bigint NOT NULL,
        edition_id bigint NOT NULL,
        scope text NOT NULL,
        group_kind text NOT NULL,
        group_name text NOT NULL,
        records integer NOT NULL,
        gone integer,
        empty jsonb,
        invalid jsonb,
        is_approved boolean,
        CONSTRAINT edition_statistic_pkey PRIMARY KEY (run_id, scope, group_kind, group_name),
        CONSTRAINT edition_statistic_edition_fkey FOREIGN KEY (edition_id) REFERENCES edition (id) ON DELETE CASCADE,
        CONSTRAINT edition_statistic_kind_check CHECK (group_kind IN ('scope', 'country', 'category', 'venue', 'currency')),
        CONSTRAINT edition_statistic_scope_check CHECK
          (group_kind <> 'scope' OR (gone IS NOT NULL AND empty IS NOT NULL AND invalid IS NOT NULL AND is_approved IS NOT NULL))
      )`);
    await runner.query(`CREATE INDEX edition_statistic_by_edition ON edition_statistic (edition_id)`);
    await runner.query(`
      COMMENT ON TABLE edition_statistic IS
        'Counts of a full set by the run that examined it, per scope and per group in it; good are those whose run published'`);
    await runner.query(
      `COMMENT ON COLUMN edition_statistic.group_name IS 'Empty for the scope itself, and for records that name no such group'`,
    );
    await runner.query(
      `COMMENT ON COLUMN edition_statistic.gone IS 'Records held before that this set did not name, less missing ones that it names again'`,
    );
    await runner.query(`COMMENT ON COLUMN edition_statistic.empty IS 'Records without a value, by column'`);
    await runner.query(
      `COMMENT ON COLUMN edition_statistic.invalid IS 'Share of values that cannot be what their field holds, by field'`,
    );
    await runner.query(
      `COMMENT ON COLUMN edition_statistic.is_approved IS 'A person let it pass: what came before it is no measure any more'`,
    );
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP TABLE edition_statistic`);
  }
}
