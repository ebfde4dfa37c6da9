import type { Database } from '../../../src/database/database.js';

/** A step at work, and by which port PostgreSQL knows the process that holds its lease. */
export interface LeaseHolder {
  readonly run: number;
  readonly step: string;
  readonly port: number;
}

/** Who works on what, as the database has it: an owner holds an advisory lock of its number on a connection of its own. */
export function leaseHolders(database: Database): Promise<LeaseHolder[]> {
  return database.query<LeaseHolder>(
    `SELECT s.run_id AS run, s.name AS step, a.client_port AS port
     FROM run_step s
     JOIN run r ON r.id = s.run_id
     JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted
       AND l.objid = coalesce(to_jsonb(s) ->> 'owner', to_jsonb(r) ->> 'owner')::bigint::oid
     JOIN pg_stat_activity a ON a.pid = l.pid AND a.datname = current_database()
     WHERE s.state = 'running' AND r.state = 'running'`,
  );
}
