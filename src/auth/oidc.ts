import { Inject, Injectable } from '@nestjs/common';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type Configuration,
} from 'openid-client';
import { NotSignedInError, TryLaterError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/settings.js';
import { Database } from '../database/database.js';
import { hashOf } from './tokens.js';
import { Users, type User } from './users.js';

const CALLBACK = '/sign-in/provider/callback';
/** From our page to the provider's and back. */
const WITHIN = '10 minutes';
const TIMEOUT_SECONDS = 10;
/** Providers change their keys and addresses. */
const KNOWN_FOR_MS = 60 * 60_000;

/** Where the browser is sent, and what it must bring back. */
export interface Sending {
  readonly url: string;
  readonly state: string;
}

/** Somebody whom the provider vouches for, and where they wanted to go. */
export interface Vouched {
  readonly user: User;
  readonly next: string;
}

/**
 * Sign-in by an OpenID Connect provider: authorization code with PKCE, state and nonce. Who was invited is known by the address that
 * the provider verified, from then on by the number that it gives them.
 */
@Injectable()
export class Oidc {
  private known: { readonly configuration: Promise<Configuration>; readonly atMs: number } | undefined;

  constructor(
    private readonly database: Database,
    private readonly users: Users,
    @Inject(CONFIG)
    private readonly config: Pick<
      Config,
      'oidcIssuer' | 'oidcClientId' | 'oidcClientSecret' | 'oidcNewUsers' | 'publicUrl'
    >,
  ) {}

  /** Host of the provider; `null` when there is none. */
  get provider(): string | null {
    return this.config.oidcIssuer === undefined ? null : new URL(this.config.oidcIssuer).host;
  }

  /**
   * @param next a path of this house
   * @param host by which the browser came, which was checked
   * @throws TryLaterError PROVIDER_UNAVAILABLE
   */
  async begin(next: string, host: string): Promise<Sending> {
    const configuration = await this.configuration();
    const [state, nonce, codeVerifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
    await this.database.query(
      `INSERT INTO oidc_request (state_hash, code_verifier, nonce, next, ends_at)
       VALUES ($1, $2, $3, $4, clock_timestamp() + $5::interval)`,
      [hashOf(state), codeVerifier, nonce, next, WITHIN],
    );
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: `${this.origin(host)}${CALLBACK}`,
      scope: 'openid email profile',
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, state };
  }

  /**
   * @param path with the query that the provider sent the browser back with
   * @param state that this browser was sent with
   * @throws NotSignedInError PROVIDER_REFUSED; TryLaterError PROVIDER_UNAVAILABLE
   */
  async finish(path: string, host: string, state: string | undefined, actor: string): Promise<Vouched> {
    // Used up, whatever comes of it.
    const [request] = await this.database.query<{ codeVerifier: string; nonce: string; next: string }>(
      `DELETE FROM oidc_request WHERE state_hash = $1 AND ends_at > clock_timestamp()
       RETURNING code_verifier AS "codeVerifier", nonce, next`,
      [hashOf(state ?? '')],
    );
    if (request === undefined || state === undefined) {
      throw refused('this browser was not sent to the provider by us, or too long ago');
    }
    const configuration = await this.configuration();
    const claims = await authorizationCodeGrant(configuration, new URL(`${this.origin(host)}${path}`), {
      pkceCodeVerifier: request.codeVerifier,
      expectedState: state,
      expectedNonce: request.nonce,
      idTokenExpected: true,
    }).then(
      (tokens) => tokens.claims(),
      (cause: unknown) => {
        throw refused('the provider does not vouch for you', cause);
      },
    );
    if (claims === undefined) throw refused('the provider says nothing of you');
    const user = await this.users.vouchedFor(
      {
        issuer: claims.iss,
        subject: claims.sub,
        email:
          typeof claims['email'] === 'string' && claims['email_verified'] === true ? claims['email'] : null,
        name: typeof claims['name'] === 'string' ? claims['name'] : '',
      },
      this.config.oidcNewUsers ?? null,
      { actor },
    );
    if (user === null) throw refused('you were not invited to this house');
    return { user, next: request.next };
  }

  private origin(host: string): string {
    return this.config.publicUrl ?? `http://${host}`;
  }

  private async configuration(): Promise<Configuration> {
    const { oidcIssuer, oidcClientId, oidcClientSecret } = this.config;
    if (oidcIssuer === undefined || oidcClientId === undefined) throw refused('this house has no provider');
    const nowMs = performance.now();
    if (this.known === undefined || nowMs - this.known.atMs > KNOWN_FOR_MS) {
      const server = new URL(oidcIssuer);
      const configuration = discovery(server, oidcClientId, oidcClientSecret, undefined, {
        timeout: TIMEOUT_SECONDS,
        // The library takes the provider's TLS for enough unless it is told otherwise. Plain http is only of this machine: the
        // settings take no other.
        execute: [
          enableNonRepudiationChecks,
          ...(server.protocol === 'http:' ? [allowInsecureRequests] : []),
        ],
      });
      this.known = { configuration, atMs: nowMs };
    }
    try {
      return await this.known.configuration;
    } catch (cause) {
      this.known = undefined;
      throw new TryLaterError(
        'PROVIDER_UNAVAILABLE',
        'the provider of sign-in does not answer as it should',
        'Try again later, or sign in with a password. An admin looks at ISINGLASS_OIDC_ISSUER.',
        { cause },
      );
    }
  }
}

function refused(message: string, cause?: unknown): NotSignedInError {
  return new NotSignedInError('PROVIDER_REFUSED', message, 'Try again, or ask an admin to invite you.', {
    cause,
  });
}
