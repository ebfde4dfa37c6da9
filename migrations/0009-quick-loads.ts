/** What makes loads of millions of records quick. */
export class QuickLoads1700000000009 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    // The same result as before, without the costly expressions for the many names that are plain ASCII: a blank becomes a
    // blank and a mark, a mark before a blank goes with it, and then the other marks go. Not STRICT, for PostgreSQL puts only
    // such a function in line whose expression is so by itself; null gives null all the same.
    await runner.query(`
      CREATE OR REPLACE FUNCTION search_form(words text) RETURNS text
      LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN upper(trim(CASE
        WHEN octet_length(words) = length(words) AND strpos(words, E'\\x01') = 0
        THEN replace(replace(replace(translate(words, E'\\t\\n\\v\\f\\r', '     '),
               ' ', E' \\x01'), E'\\x01 ', ''), E'\\x01', '')
        ELSE regexp_replace(normalize(words, NFKC), '[[:space:]]+', ' ', 'g')
      END))`);
    // LIKE 'DE%' uses the primary key, whatever the database collates as.
    await runner.query(`DROP INDEX instrument_isin_prefix`);
    for (const table of [
      'instrument',
      'instrument_history',
      'record',
      'record_history',
      'change',
      'staging.record',
    ]) {
      await runner.query(`ALTER TABLE ${table} ALTER COLUMN isin TYPE text COLLATE "C"`);
    }
    await runner.query(`DROP INDEX instrument_symbol`);
    await runner.query(
      `CREATE INDEX instrument_symbol ON instrument (symbol, isin) WHERE symbol IS NOT NULL`,
    );

    // Checked row by row for numbers that the same transaction has just given.
    await runner.query(`ALTER TABLE change DROP CONSTRAINT change_publication_fkey`);

    await runner.query(`
      CREATE TABLE absent_index (
        name text NOT NULL,
        definition text NOT NULL,
        CONSTRAINT absent_index_pkey PRIMARY KEY (name)
      )`);
    await runner.query(`
      COMMENT ON TABLE absent_index IS
        'Indexes that were taken away before the first load into an empty store, and are made again at its end'`);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP TABLE absent_index`);
    await runner.query(
      `ALTER TABLE change ADD CONSTRAINT change_publication_fkey FOREIGN KEY (publication) REFERENCES publication (number)`,
    );
    await runner.query(`DROP INDEX instrument_symbol`);
    await runner.query(`CREATE INDEX instrument_symbol ON instrument (symbol, isin)`);
    for (const table of [
      'instrument',
      'instrument_history',
      'record',
      'record_history',
      'change',
      'staging.record',
    ]) {
      await runner.query(`ALTER TABLE ${table} ALTER COLUMN isin TYPE text COLLATE "default"`);
    }
    await runner.query(`CREATE INDEX instrument_isin_prefix ON instrument (isin text_pattern_ops)`);
    await runner.query(`
      CREATE OR REPLACE FUNCTION search_form(words text) RETURNS text
      LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN upper(trim(regexp_replace(normalize(words, NFKC), '[[:space:]]+', ' ', 'g')))`);
  }
}
