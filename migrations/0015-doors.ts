/**
 * Who may come in: users and API keys. What must never be shown lives in tables of its own (`user_credential`, `second_factor`,
 * `recovery_code`, `api_key_secret`), so that nothing that lists users or keys can list secrets. Tokens are kept as their sha256.
 */
export class Doors1700000000015 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`
      CREATE TABLE user_account (
        id uuid CONSTRAINT user_account_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
        email text NOT NULL CONSTRAINT user_account_email_key UNIQUE CONSTRAINT user_account_email_check CHECK (email = lower(email)),
        name text NOT NULL DEFAULT '',
        role text NOT NULL CONSTRAINT user_account_role_check CHECK (role IN ('viewer', 'steward', 'admin')),
        state text NOT NULL CONSTRAINT user_account_state_check CHECK (state IN ('invited', 'active', 'disabled')),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        last_sign_in_at timestamptz
      )`);
    await runner.query(`
      CREATE TABLE user_credential (
        user_id uuid CONSTRAINT user_credential_pkey PRIMARY KEY
          CONSTRAINT user_credential_user_fkey REFERENCES user_account ON DELETE CASCADE,
        password_hash text,
        password_set_at timestamptz,
        oidc_issuer text,
        oidc_subject text,
        CONSTRAINT user_credential_oidc_key UNIQUE (oidc_issuer, oidc_subject)
      )`);
    await runner.query(`
      CREATE TABLE second_factor (
        user_id uuid CONSTRAINT second_factor_pkey PRIMARY KEY
          CONSTRAINT second_factor_user_fkey REFERENCES user_account ON DELETE CASCADE,
        sealed_secret bytea NOT NULL,
        confirmed_at timestamptz,
        last_step bigint NOT NULL DEFAULT 0
      )`);
    await runner.query(
      `COMMENT ON COLUMN second_factor.last_step IS 'the time step of the code used last: no code opens twice'`,
    );
    await runner.query(`
      CREATE TABLE recovery_code (
        user_id uuid NOT NULL CONSTRAINT recovery_code_user_fkey REFERENCES user_account ON DELETE CASCADE,
        code_hash bytea NOT NULL,
        CONSTRAINT recovery_code_pkey PRIMARY KEY (user_id, code_hash)
      )`);
    await runner.query(`
      CREATE TABLE user_session (
        id uuid CONSTRAINT user_session_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
        token_hash bytea NOT NULL CONSTRAINT user_session_token_key UNIQUE,
        user_id uuid NOT NULL CONSTRAINT user_session_user_fkey REFERENCES user_account ON DELETE CASCADE,
        stage text NOT NULL CONSTRAINT user_session_stage_check CHECK (stage IN ('second-factor', 'signed-in')),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ends_at timestamptz NOT NULL,
        address text NOT NULL,
        user_agent text NOT NULL
      )`);
    await runner.query(
      `COMMENT ON COLUMN user_session.stage IS 'second-factor: the password was right, and nothing is open yet'`,
    );
    await runner.query(`CREATE INDEX user_session_user_idx ON user_session (user_id)`);
    await runner.query(`CREATE INDEX user_session_ends_idx ON user_session (ends_at)`);
    await runner.query(`
      CREATE TABLE known_device (
        token_hash bytea NOT NULL,
        user_id uuid NOT NULL CONSTRAINT known_device_user_fkey REFERENCES user_account ON DELETE CASCADE,
        last_used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT known_device_pkey PRIMARY KEY (user_id, token_hash)
      )`);
    await runner.query(`
      CREATE TABLE one_time_link (
        token_hash bytea CONSTRAINT one_time_link_pkey PRIMARY KEY,
        purpose text NOT NULL
          CONSTRAINT one_time_link_purpose_check CHECK (purpose IN ('set-up', 'invitation', 'password-reset')),
        user_id uuid CONSTRAINT one_time_link_user_fkey REFERENCES user_account ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ends_at timestamptz NOT NULL
      )`);
    await runner.query(`CREATE INDEX one_time_link_user_idx ON one_time_link (user_id)`);
    await runner.query(`
      CREATE TABLE oidc_request (
        state_hash bytea CONSTRAINT oidc_request_pkey PRIMARY KEY,
        code_verifier text NOT NULL,
        nonce text NOT NULL,
        next text NOT NULL,
        ends_at timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE sign_in_limit (
        subject text CONSTRAINT sign_in_limit_pkey PRIMARY KEY,
        attempts int NOT NULL,
        last_at timestamptz NOT NULL,
        blocked_until timestamptz
      )`);
    await runner.query(
      `COMMENT ON TABLE sign_in_limit IS 'failed attempts in a row, by hash of the account, by network and by device'`,
    );
    await runner.query(`
      CREATE TABLE api_key (
        id uuid CONSTRAINT api_key_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
        public_id text NOT NULL CONSTRAINT api_key_public_id_key UNIQUE,
        name text NOT NULL,
        user_id uuid NOT NULL CONSTRAINT api_key_user_fkey REFERENCES user_account ON DELETE CASCADE,
        scopes text[] NOT NULL,
        may_redistribute boolean NOT NULL DEFAULT false,
        allowed_networks cidr[] NOT NULL DEFAULT '{}',
        requests_per_minute int NOT NULL,
        requests_per_day int NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        replaces uuid CONSTRAINT api_key_replaces_fkey REFERENCES api_key ON DELETE SET NULL
      )`);
    await runner.query(
      `COMMENT ON COLUMN api_key.may_redistribute IS 'may receive what a publisher does not let us pass on'`,
    );
    await runner.query(`CREATE INDEX api_key_user_idx ON api_key (user_id)`);
    await runner.query(`
      CREATE TABLE api_key_secret (
        key_id uuid CONSTRAINT api_key_secret_pkey PRIMARY KEY
          CONSTRAINT api_key_secret_key_fkey REFERENCES api_key ON DELETE CASCADE,
        secret_hash bytea NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE api_key_usage (
        key_id uuid NOT NULL CONSTRAINT api_key_usage_key_fkey REFERENCES api_key ON DELETE CASCADE,
        day date NOT NULL,
        requests bigint NOT NULL DEFAULT 0,
        refused bigint NOT NULL DEFAULT 0,
        has_passed boolean NOT NULL,
        last_at timestamptz NOT NULL,
        last_address text NOT NULL,
        free_at timestamptz NOT NULL,
        CONSTRAINT api_key_usage_pkey PRIMARY KEY (key_id, day)
      ) WITH (fillfactor = 50)`);
    await runner.query(`COMMENT ON COLUMN api_key_usage.has_passed IS 'did the newest request pass?'`);
    await runner.query(
      `COMMENT ON COLUMN api_key_usage.free_at IS 'when the whole burst is free again: each request moves it on by its share of a minute'`,
    );
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(`
      DROP TABLE api_key_usage, api_key_secret, api_key, sign_in_limit, oidc_request, one_time_link, known_device, user_session,
        recovery_code, second_factor, user_credential, user_account`);
  }
}
