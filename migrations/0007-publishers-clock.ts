const COLUMNS = `
        ADD COLUMN action text NOT NULL DEFAULT 'state',
        ADD COLUMN is_open boolean NOT NULL DEFAULT true,
        ADD COLUMN relevant_mic text,
        ADD COLUMN valid_to date,
        ADD COLUMN stated_on date`;

/**
 * What a publisher says of a version: which event it is, whether it is still open, the last day it held, and the day of
 * the edition that said so. Lists without such events state everything anew in each edition.
 */
export class PublishersClock1700000000007 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    for (const table of ['record', 'record_history']) {
      await runner.query(`ALTER TABLE ${table} ${COLUMNS}`);
      await runner.query(
        `UPDATE ${table} SET stated_on = valid_from, is_open = status NOT IN ('terminated', 'cancelled')`,
      );
      await runner.query(`
        ALTER TABLE ${table}
          ALTER COLUMN stated_on SET NOT NULL, ALTER COLUMN action DROP DEFAULT, ALTER COLUMN is_open DROP DEFAULT,
          ADD CONSTRAINT ${table}_action_check CHECK (action IN ('state', 'new', 'modified', 'terminated', 'cancelled'))`);
    }
    await runner.query(
      `COMMENT ON COLUMN record.is_open IS 'False once the publisher terminated or cancelled it; a date that passed closes nothing'`,
    );
    await runner.query(
      `COMMENT ON COLUMN record.stated_on IS 'Day of the edition that said so: an older edition never overrules it'`,
    );
    await runner.query(
      `COMMENT ON COLUMN record.relevant_mic IS 'The venue whose record speaks for the instrument, where the publisher names one'`,
    );
    await runner.query(
      `COMMENT ON COLUMN record.valid_to IS 'Last day of an ended version, as the publisher says; it may lie before valid_from'`,
    );
    await runner.query(`DROP INDEX record_by_source_scope`);
    // Counts of what lives are read off this index alone.
    await runner.query(`CREATE INDEX record_by_source ON record (source_id, scope, is_open, status)`);
    await runner.query(
      `CREATE INDEX record_pending ON record (source_id, first_trade_on) WHERE status = 'pending'`,
    );

    await runner.query(`
      ALTER TABLE staging.record
        ADD COLUMN action text NOT NULL,
        ADD COLUMN is_open boolean NOT NULL,
        ADD COLUMN relevant_mic text,
        ADD COLUMN valid_from date,
        ADD COLUMN valid_to date`);
    await runner.query(
      `COMMENT ON COLUMN staging.record.valid_from IS 'Null where the list does not say: then it is the day of the edition'`,
    );
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP INDEX record_pending, record_by_source`);
    for (const table of ['record', 'record_history', 'staging.record']) {
      await runner.query(`
        ALTER TABLE ${table}
          DROP COLUMN action, DROP COLUMN is_open, DROP COLUMN relevant_mic, DROP COLUMN valid_to
          ${table === 'staging.record' ? ', DROP COLUMN valid_from' : ', DROP COLUMN stated_on'}`);
    }
    await runner.query(`CREATE INDEX record_by_source_scope ON record (source_id, scope)`);
  }
}
