/**
 * What may be passed on to whoever has no right to the data of restricted publishers: for an ISIN that such a source has, a golden
 * record of the other sources alone. An ISIN that no restricted source has is in `instrument` only.
 */
export class Redistributable1700000000016 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    // Nothing may be passed on until the list of sources was written, at the next start.
    await runner.query(`ALTER TABLE source ADD COLUMN may_redistribute boolean NOT NULL DEFAULT false`);
    await runner.query(
      `COMMENT ON COLUMN source.may_redistribute IS 'What the licence of its publisher says: may its values be passed on to anybody'`,
    );
    // As of today; a column that a later migration adds to one is added to the other.
    await runner.query(`
      CREATE TABLE instrument_redistributable (LIKE instrument INCLUDING CONSTRAINTS INCLUDING GENERATED,
        CONSTRAINT instrument_redistributable_isin_pkey PRIMARY KEY (isin))`);
    for (const [name, definition] of [
      ['search_name_trigram', 'USING gin (search_name gin_trgm_ops)'],
      ['search_name_prefix', '(search_name text_pattern_ops, isin)'],
      ['cfi_prefix', '(cfi text_pattern_ops, isin)'],
      ['currency', '(currency, isin)'],
      ['symbol', '(symbol, isin)'],
      ['issuer_lei', '(issuer_lei, isin)'],
      ['status_rare', `(status, isin) WHERE status <> 'active'`],
    ]) {
      await runner.query(
        `CREATE INDEX instrument_redistributable_${name} ON instrument_redistributable ${definition}`,
      );
    }
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP TABLE instrument_redistributable`);
    await runner.query(`ALTER TABLE source DROP COLUMN may_redistribute`);
  }
}
