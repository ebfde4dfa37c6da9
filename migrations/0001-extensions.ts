/** Trigram search on names. Trusted extensions: the owner of the database may create them. */
export class Extensions1700000000001 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`CREATE EXTENSION IF NOT EXISTS pg_trgm`);
    await runner.query(`CREATE SCHEMA staging`);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP SCHEMA staging CASCADE`);
    await runner.query(`DROP EXTENSION pg_trgm`);
  }
}
