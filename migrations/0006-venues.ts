const CONTENT = `
        mic text NOT NULL,
        scope text NOT NULL,
        status text NOT NULL,
        operating_mic text NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        legal_name text,
        lei text,
        category text,
        acronym text,
        country text,
        city text,
        website text,
        created_on date,
        updated_on date,
        validated_on date,
        expires_on date,
        comments text,
        content_hash uuid NOT NULL,
        exact_hash uuid NOT NULL`;

const VERSION = `
        source_id text NOT NULL,
        valid_from date NOT NULL,
        recorded_at timestamptz NOT NULL,
        publication bigint NOT NULL,
        edition_id bigint NOT NULL`;

/** Markets by MIC (ISO 10383), with every version that was superseded. */
export class Venues1700000000006 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`
      CREATE TABLE venue (${CONTENT},${VERSION},
        CONSTRAINT venue_mic_pkey PRIMARY KEY (mic),
        CONSTRAINT venue_status_check CHECK (status IN ('active', 'expired', 'missing')),
        CONSTRAINT venue_kind_check CHECK (kind IN ('operating', 'segment'))
      )`);
    await runner.query(`
      CREATE TABLE venue_history (${CONTENT},${VERSION},
        CONSTRAINT venue_history_pkey PRIMARY KEY (mic, valid_from, recorded_at)
      )`);
    await runner.query(`
      CREATE TABLE staging.venue (
        part text NOT NULL,
        line bigint NOT NULL,
        precedence integer NOT NULL,${CONTENT}
      )`);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP TABLE staging.venue`);
    await runner.query(`DROP TABLE venue_history`);
    await runner.query(`DROP TABLE venue`);
  }
}
