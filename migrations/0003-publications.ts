/** The moments at which editions became visible, and the change feed: one line per instrument touched. */
export class Publications1700000000003 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`
      CREATE TABLE publication (
        number bigint NOT NULL,
        source_id text NOT NULL,
        edition_id bigint NOT NULL,
        run_id bigint NOT NULL,
        published_at timestamptz NOT NULL,
        CONSTRAINT publication_pkey PRIMARY KEY (number),
        CONSTRAINT publication_run_key UNIQUE (run_id),
        CONSTRAINT publication_source_fkey FOREIGN KEY (source_id) REFERENCES source (id),
        CONSTRAINT publication_edition_fkey FOREIGN KEY (edition_id) REFERENCES edition (id)
      )`);
    await runner.query(`
      COMMENT ON COLUMN publication.number IS
        '1, 2, 3 … without gaps: given under one advisory lock inside the publishing transaction, so numbers commit in order'`);
    await runner.query(`CREATE INDEX publication_by_source ON publication (source_id, number DESC)`);

    await runner.query(`
      CREATE TABLE change (
        isin text NOT NULL,
        publication bigint NOT NULL,
        kind text NOT NULL,
        fields text[] NOT NULL,
        CONSTRAINT change_pkey PRIMARY KEY (isin, publication),
        CONSTRAINT change_publication_fkey FOREIGN KEY (publication) REFERENCES publication (number),
        CONSTRAINT change_kind_check CHECK (kind IN ('new', 'changed', 'ended'))
      )`);
    await runner.query(`CREATE INDEX change_feed ON change (publication, isin)`);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP TABLE change`);
    await runner.query(`DROP TABLE publication`);
  }
}
