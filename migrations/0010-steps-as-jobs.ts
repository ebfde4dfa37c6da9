/**
 * Steps are jobs that any worker may take: each is claimed, leased and fenced by itself. What people decide is in an
 * append-only log; what they paused and limited is in tables.
 */
export class StepsAsJobs1700000000010 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`ALTER TABLE run DROP CONSTRAINT run_running_has_owner_check`);
    await runner.query(`ALTER TABLE run DROP COLUMN owner, DROP COLUMN lease_until`);
    await runner.query(
      `ALTER TABLE run ADD COLUMN attended_by integer, ADD COLUMN setbacks integer NOT NULL DEFAULT 0`,
    );
    await runner.query(`
      COMMENT ON COLUMN run.setbacks IS
        'How often the house itself kept a step from being done since the last one that was: lost connections, lost staging'`);
    await runner.query(`
      COMMENT ON COLUMN run.attended_by IS
        'The command that carries it out and waits for it: no jobs are sent for its steps unless the command dies'`);
    await runner.query(`
      COMMENT ON COLUMN run.epoch IS
        'Raised whenever what its steps did so far no longer counts: retried, cancelled, staged anew'`);

    await runner.query(`ALTER TABLE run_step DROP CONSTRAINT run_step_state_check`);
    await runner.query(
      `ALTER TABLE run_step ADD CONSTRAINT run_step_state_check CHECK (state IN ('waiting', 'running', 'done', 'failed'))`,
    );
    await runner.query(`
      ALTER TABLE run_step
        ADD COLUMN attempt integer NOT NULL DEFAULT 1,
        ADD COLUMN job integer NOT NULL DEFAULT 0,
        ADD COLUMN deferrals integer NOT NULL DEFAULT 0,
        ADD COLUMN owner integer,
        ADD COLUMN lease_until timestamptz,
        ADD COLUMN host text,
        ADD COLUMN not_before timestamptz NOT NULL DEFAULT clock_timestamp()`);
    // Steps of processes of the release before: they are over, and taken up again.
    await runner.query(`UPDATE run_step SET state = 'failed' WHERE state = 'running'`);
    await runner.query(`
      ALTER TABLE run_step ADD CONSTRAINT run_step_running_has_owner_check
        CHECK (state <> 'running' OR (owner IS NOT NULL AND lease_until IS NOT NULL))`);
    await runner.query(`CREATE INDEX run_step_at_work ON run_step (run_id) WHERE state = 'running'`);
    await runner.query(`
      COMMENT ON COLUMN run_step.attempt IS
        'Fencing number: raised by each claim; whoever commits under an older one is refused'`);
    await runner.query(`
      COMMENT ON COLUMN run_step.job IS 'Jobs sent for it so far; the next one has this number'`);
    await runner.query(`
      COMMENT ON COLUMN run_step.host IS 'Which publisher it downloads from, for the limit per host'`);

    await runner.query(`ALTER TABLE run_event ADD COLUMN attempt integer`);
    await runner.query(`ALTER TABLE run_event DROP CONSTRAINT run_event_level_check`);
    await runner.query(
      `ALTER TABLE run_event ADD CONSTRAINT run_event_level_check CHECK (level IN ('debug', 'info', 'warning', 'error'))`,
    );

    await runner.query(`
      CREATE TABLE pause (
        source_id text NOT NULL,
        paused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        paused_by text NOT NULL,
        reason text NOT NULL,
        CONSTRAINT pause_pkey PRIMARY KEY (source_id)
      )`);
    await runner.query(`COMMENT ON TABLE pause IS 'Sources of which no step is begun; * pauses all'`);

    await runner.query(`
      CREATE TABLE concurrency_limit (
        kind text NOT NULL,
        name text NOT NULL,
        most integer NOT NULL,
        CONSTRAINT concurrency_limit_pkey PRIMARY KEY (kind, name),
        CONSTRAINT concurrency_limit_kind_check CHECK (kind IN ('overall', 'source', 'host')),
        CONSTRAINT concurrency_limit_overall_check CHECK ((kind = 'overall') = (name = '')),
        CONSTRAINT concurrency_limit_most_check CHECK (most >= 1)
      )`);
    await runner.query(`COMMENT ON TABLE concurrency_limit IS 'How many steps may be at work at once'`);

    await runner.query(`
      CREATE TABLE audit_event (
        id bigint GENERATED ALWAYS AS IDENTITY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        actor text NOT NULL,
        action text NOT NULL,
        source_id text,
        run_id bigint,
        edition_id bigint,
        reason text,
        details jsonb NOT NULL DEFAULT '{}',
        CONSTRAINT audit_event_pkey PRIMARY KEY (id)
      )`);
    await runner.query(`COMMENT ON TABLE audit_event IS 'What people decided: who, when, why. Append-only'`);
    await runner.query(`CREATE INDEX audit_event_by_source ON audit_event (source_id, id)`);
    await runner.query(`CREATE INDEX audit_event_by_run ON audit_event (run_id, id)`);
    await runner.query(`
      CREATE FUNCTION refuse_change_of_audit_event() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'audit_event is append-only' USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await runner.query(`
      CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
        FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit_event()`);
    await runner.query(`
      CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_event()`);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP TABLE audit_event`);
    await runner.query(`DROP FUNCTION refuse_change_of_audit_event`);
    await runner.query(`DROP TABLE concurrency_limit`);
    await runner.query(`DROP TABLE pause`);
    await runner.query(`DELETE FROM run_event WHERE level = 'debug'`);
    await runner.query(`ALTER TABLE run_event DROP CONSTRAINT run_event_level_check`);
    await runner.query(
      `ALTER TABLE run_event ADD CONSTRAINT run_event_level_check CHECK (level IN ('info', 'warning', 'error'))`,
    );
    await runner.query(`ALTER TABLE run_event DROP COLUMN attempt`);
    await runner.query(`COMMENT ON COLUMN run.epoch IS
      'Fencing number: raised by each claim; whoever writes under an older one is refused'`);
    await runner.query(`UPDATE run_step SET state = 'failed' WHERE state IN ('waiting', 'running')`);
    await runner.query(`DROP INDEX run_step_at_work`);
    await runner.query(`ALTER TABLE run_step DROP CONSTRAINT run_step_running_has_owner_check`);
    await runner.query(`
      ALTER TABLE run_step DROP COLUMN attempt, DROP COLUMN job, DROP COLUMN deferrals, DROP COLUMN owner, DROP COLUMN lease_until, DROP COLUMN host,
        DROP COLUMN not_before`);
    await runner.query(`ALTER TABLE run_step DROP CONSTRAINT run_step_state_check`);
    await runner.query(
      `ALTER TABLE run_step ADD CONSTRAINT run_step_state_check CHECK (state IN ('running', 'done', 'failed'))`,
    );
    await runner.query(`ALTER TABLE run DROP COLUMN attended_by, DROP COLUMN setbacks`);
    await runner.query(`ALTER TABLE run ADD COLUMN owner integer, ADD COLUMN lease_until timestamptz`);
    await runner.query(`UPDATE run SET state = 'queued' WHERE state = 'running'`);
    await runner.query(`
      ALTER TABLE run ADD CONSTRAINT run_running_has_owner_check
        CHECK (state <> 'running' OR (owner IS NOT NULL AND lease_until IS NOT NULL))`);
  }
}
