/** People look for the few runs that are held or failed, among those that published, which are kept for ever. */
export class RunsByState1700000000017 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`CREATE INDEX run_by_state ON run (state, id)`);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`DROP INDEX run_by_state`);
  }
}
