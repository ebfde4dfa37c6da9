/**
 * Each line of what people decided is sealed with a hash of itself and of the line before it: whoever changes, takes out or puts in
 * one breaks the chain, or must seal anew all that follow, which a head kept elsewhere shows. The trigger numbers lines without
 * gaps, and gives them their time.
 */
export class AuditChain1700000000014 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`ALTER TABLE audit_event ALTER COLUMN id DROP IDENTITY, ADD COLUMN hash bytea`);
    await runner.query(
      `COMMENT ON COLUMN audit_event.hash IS 'sha256 of the hash of the line before and audit_event_text of this one'`,
    );
    await runner.query(`
      CREATE FUNCTION audit_event_text(line audit_event) RETURNS text LANGUAGE sql STABLE AS $$
        SELECT jsonb_build_array(line.id, to_char(line.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), line.actor, line.action,
          line.source_id, line.run_id, line.edition_id, line.reason, line.details)::text
      $$`);
    await runner.query(`
      CREATE FUNCTION audit_event_hash(before bytea, line text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
        SELECT sha256(coalesce(before, '') || convert_to(line, 'UTF8'))
      $$`);
    await runner.query(`ALTER TABLE audit_event DISABLE TRIGGER USER`);
    await runner.query(`
      DO $$
      DECLARE
        line audit_event;
        number bigint := 0;
        before bytea;
      BEGIN
        FOR line IN SELECT * FROM audit_event ORDER BY id LOOP
          number := number + 1;
          UPDATE audit_event SET id = number WHERE id = line.id;
          line.id := number;
          before := audit_event_hash(before, audit_event_text(line));
          UPDATE audit_event SET hash = before WHERE id = number;
        END LOOP;
      END $$`);
    await runner.query(`ALTER TABLE audit_event ENABLE TRIGGER USER`);
    await runner.query(`ALTER TABLE audit_event ALTER COLUMN hash SET NOT NULL`);
    // One line after the other, until their transactions end: a number is never given and taken back.
    await runner.query(`
      CREATE FUNCTION seal_audit_event() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        last audit_event;
      BEGIN
        PERFORM pg_advisory_xact_lock(771006);
        SELECT * INTO last FROM audit_event ORDER BY id DESC LIMIT 1;
        NEW.id := coalesce(last.id, 0) + 1;
        NEW.at := clock_timestamp();
        NEW.hash := audit_event_hash(last.hash, audit_event_text(NEW));
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER audit_event_seal BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION seal_audit_event()`);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP TRIGGER audit_event_seal ON audit_event`);
    await runner.query(`DROP FUNCTION seal_audit_event`);
    await runner.query(`DROP FUNCTION audit_event_hash`);
    await runner.query(`DROP FUNCTION audit_event_text`);
    await runner.query(
      `ALTER TABLE audit_event DROP COLUMN hash, ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY`,
    );
    await runner.query(
      `SELECT setval(pg_get_serial_sequence('audit_event', 'id'), coalesce(max(id), 0) + 1, false) FROM audit_event`,
    );
  }
}
