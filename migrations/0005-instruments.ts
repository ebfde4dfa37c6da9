const CONTENT = `
        isin text NOT NULL,
        status text NOT NULL,
        name text,
        short_name text,
        cfi text,
        currency text,
        issuer_lei text,
        symbol text,
        first_trade_on date,
        termination_on date,
        provenance jsonb NOT NULL,
        valid_from date NOT NULL,
        recorded_at timestamptz NOT NULL,
        publication bigint NOT NULL`;

/** The golden record of each ISIN: what the house believes, and why, and what it believed before. */
export class Instruments1700000000005 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`
      CREATE FUNCTION search_form(words text) RETURNS text
      LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN upper(trim(regexp_replace(normalize(words, NFKC), '[[:space:]]+', ' ', 'g')))`);
    await runner.query(
      `COMMENT ON FUNCTION search_form IS 'How names are evened out before they are compared: case, blanks, compatibility forms'`,
    );
    await runner.query(`
      CREATE TABLE instrument (${CONTENT},
        search_name text GENERATED ALWAYS AS (search_form(name)) STORED,
        CONSTRAINT instrument_isin_pkey PRIMARY KEY (isin),
        CONSTRAINT instrument_status_check CHECK (status IN
          ('active', 'pending', 'terminated', 'cancelled', 'missing', 'unknown'))
      )`);
    await runner.query(
      `COMMENT ON COLUMN instrument.provenance IS 'field → {source, mic} of the record that gave the golden value'`,
    );
    await runner.query(
      `CREATE INDEX instrument_search_name_trigram ON instrument USING gin (search_name gin_trgm_ops)`,
    );
    await runner.query(
      `CREATE INDEX instrument_search_name_prefix ON instrument (search_name text_pattern_ops, isin)`,
    );
    // LIKE 'INE%' can use the primary key only where the database collates as C.
    await runner.query(`CREATE INDEX instrument_isin_prefix ON instrument (isin text_pattern_ops)`);
    await runner.query(`CREATE INDEX instrument_cfi_prefix ON instrument (cfi text_pattern_ops, isin)`);
    await runner.query(`CREATE INDEX instrument_currency ON instrument (currency, isin)`);
    await runner.query(`CREATE INDEX instrument_symbol ON instrument (symbol, isin)`);
    await runner.query(`CREATE INDEX instrument_issuer_lei ON instrument (issuer_lei, isin)`);
    await runner.query(
      `CREATE INDEX instrument_status_rare ON instrument (status, isin) WHERE status <> 'active'`,
    );

    await runner.query(`
      CREATE TABLE instrument_history (${CONTENT},
        CONSTRAINT instrument_history_pkey PRIMARY KEY (isin, valid_from, recorded_at)
      )`);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP TABLE instrument_history`);
    await runner.query(`DROP TABLE instrument`);
    await runner.query(`DROP FUNCTION search_form`);
  }
}
