/** What is fetched, when it is due, and what happened: source, slot, run and its steps, events, rejects, findings. */
export class Runs1700000000002 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`
      CREATE TABLE source (
        id text NOT NULL,
        priority integer NOT NULL,
        authoritative_for text[] NOT NULL,
        known_since timestamptz NOT NULL DEFAULT now(),
        last_confirmed_at timestamptz,
        CONSTRAINT source_pkey PRIMARY KEY (id)
      )`);
    await runner.query(`
      COMMENT ON COLUMN source.last_confirmed_at IS
        'When the publisher was last seen to hold what we hold: a publication, or an edition without news'`);

    await runner.query(`
      CREATE TABLE file (
        sha256 text NOT NULL,
        size_bytes bigint NOT NULL,
        stored_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT file_pkey PRIMARY KEY (sha256),
        CONSTRAINT file_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$')
      )`);

    await runner.query(`
      CREATE TABLE edition (
        id bigint GENERATED ALWAYS AS IDENTITY,
        source_id text NOT NULL,
        kind text NOT NULL,
        edition_on date NOT NULL,
        fingerprint text NOT NULL,
        scopes text[] NOT NULL,
        state text NOT NULL,
        first_seen_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT edition_pkey PRIMARY KEY (id),
        CONSTRAINT edition_source_fkey FOREIGN KEY (source_id) REFERENCES source (id),
        CONSTRAINT edition_identity_key UNIQUE (source_id, kind, edition_on, fingerprint),
        CONSTRAINT edition_kind_check CHECK (kind IN ('full', 'delta')),
        CONSTRAINT edition_state_check CHECK (state IN ('loaded', 'held', 'refused', 'published'))
      )`);
    await runner.query(`
      COMMENT ON COLUMN edition.fingerprint IS
        'sha256 over the names and sha256 of its parts: the same day with other bytes is another edition'`);

    await runner.query(`
      CREATE TABLE edition_part (
        edition_id bigint NOT NULL,
        name text NOT NULL,
        scope text NOT NULL,
        file_sha256 text NOT NULL,
        file_name text NOT NULL,
        url text,
        etag text,
        last_modified text,
        counts jsonb NOT NULL,
        CONSTRAINT edition_part_pkey PRIMARY KEY (edition_id, name),
        CONSTRAINT edition_part_edition_fkey FOREIGN KEY (edition_id) REFERENCES edition (id),
        CONSTRAINT edition_part_file_fkey FOREIGN KEY (file_sha256) REFERENCES file (sha256)
      )`);

    await runner.query(`
      CREATE TABLE run (
        id bigint GENERATED ALWAYS AS IDENTITY,
        source_id text NOT NULL,
        trigger text NOT NULL,
        requested jsonb NOT NULL DEFAULT '{}',
        state text NOT NULL DEFAULT 'queued',
        epoch integer NOT NULL DEFAULT 0,
        crashes integer NOT NULL DEFAULT 0,
        deferrals integer NOT NULL DEFAULT 0,
        owner integer,
        lease_until timestamptz,
        not_before timestamptz NOT NULL DEFAULT now(),
        edition_id bigint,
        publication bigint,
        totals jsonb,
        error jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        ended_at timestamptz,
        CONSTRAINT run_pkey PRIMARY KEY (id),
        CONSTRAINT run_source_fkey FOREIGN KEY (source_id) REFERENCES source (id),
        CONSTRAINT run_edition_fkey FOREIGN KEY (edition_id) REFERENCES edition (id),
        CONSTRAINT run_state_check CHECK (state IN
          ('queued', 'running', 'published', 'unchanged', 'held', 'refused', 'failed', 'cancelled')),
        CONSTRAINT run_running_has_owner_check CHECK (state <> 'running' OR (owner IS NOT NULL AND lease_until IS NOT NULL)),
        CONSTRAINT run_ended_check CHECK ((state IN ('queued', 'running')) = (ended_at IS NULL))
      )`);
    await runner.query(
      `CREATE UNIQUE INDEX run_one_running_per_source ON run (source_id) WHERE state = 'running'`,
    );
    await runner.query(`CREATE INDEX run_waiting ON run (id) WHERE state IN ('queued', 'running')`);
    await runner.query(`CREATE INDEX run_by_source ON run (source_id, id DESC)`);
    await runner.query(`
      COMMENT ON COLUMN run.epoch IS
        'Fencing number: raised by each claim; whoever writes under an older one is refused'`);

    await runner.query(`
      CREATE TABLE run_step (
        run_id bigint NOT NULL,
        name text NOT NULL,
        state text NOT NULL,
        epoch integer NOT NULL,
        result jsonb,
        error jsonb,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz,
        CONSTRAINT run_step_pkey PRIMARY KEY (run_id, name),
        CONSTRAINT run_step_run_fkey FOREIGN KEY (run_id) REFERENCES run (id) ON DELETE CASCADE,
        CONSTRAINT run_step_state_check CHECK (state IN ('running', 'done', 'failed'))
      )`);

    await runner.query(`
      CREATE TABLE run_event (
        id bigint GENERATED ALWAYS AS IDENTITY,
        run_id bigint NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        level text NOT NULL,
        step text,
        message text NOT NULL,
        fields jsonb NOT NULL DEFAULT '{}',
        CONSTRAINT run_event_pkey PRIMARY KEY (id),
        CONSTRAINT run_event_run_fkey FOREIGN KEY (run_id) REFERENCES run (id) ON DELETE CASCADE,
        CONSTRAINT run_event_level_check CHECK (level IN ('info', 'warning', 'error'))
      )`);
    await runner.query(`CREATE INDEX run_event_by_run ON run_event (run_id, id)`);

    await runner.query(`
      CREATE TABLE reject (
        run_id bigint NOT NULL,
        part text NOT NULL,
        line bigint NOT NULL,
        reasons jsonb NOT NULL,
        raw text NOT NULL,
        CONSTRAINT reject_pkey PRIMARY KEY (run_id, part, line),
        CONSTRAINT reject_run_fkey FOREIGN KEY (run_id) REFERENCES run (id) ON DELETE CASCADE
      )`);

    await runner.query(`
      CREATE TABLE finding (
        id bigint GENERATED ALWAYS AS IDENTITY,
        run_id bigint NOT NULL,
        code text NOT NULL,
        severity text NOT NULL,
        message text NOT NULL,
        fields jsonb NOT NULL DEFAULT '{}',
        found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT finding_pkey PRIMARY KEY (id),
        CONSTRAINT finding_run_fkey FOREIGN KEY (run_id) REFERENCES run (id) ON DELETE CASCADE,
        CONSTRAINT finding_severity_check CHECK (severity IN ('note', 'warning', 'stop'))
      )`);
    await runner.query(`CREATE INDEX finding_by_run ON finding (run_id, id)`);

    await runner.query(`
      CREATE TABLE slot (
        source_id text NOT NULL,
        due_at timestamptz NOT NULL,
        state text NOT NULL,
        run_id bigint,
        opened_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT slot_pkey PRIMARY KEY (source_id, due_at),
        CONSTRAINT slot_source_fkey FOREIGN KEY (source_id) REFERENCES source (id),
        CONSTRAINT slot_run_fkey FOREIGN KEY (run_id) REFERENCES run (id),
        CONSTRAINT slot_state_check CHECK (state IN ('opened', 'skipped')),
        CONSTRAINT slot_opened_has_run_check CHECK ((state = 'opened') = (run_id IS NOT NULL))
      )`);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    for (const table of [
      'slot',
      'finding',
      'reject',
      'run_event',
      'run_step',
      'run',
      'edition_part',
      'edition',
      'file',
      'source',
    ]) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
