import { jest } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { Visitor } from './visitor.js';

/** What the provider says of those who sign in there, by the name they type. */
export type Claims = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A real OpenID Connect provider on this machine. */
export interface IdentityProvider {
  readonly issuer: string;
  /** Goes through its pages as somebody. @returns the address it sends the browser back to */
  signIn(authorizationUrl: string, name: string): Promise<string>;
  /** What it gives out instead of its ID tokens, from now on; undefined: as they are. */
  forge: ((idToken: string) => string) | undefined;
  close(): Promise<void>;
}

export const CLIENT_ID = 'isinglass';
export const CLIENT_SECRET = 'the-secret-that-the-provider-gave';

export async function startIdentityProvider(claims: Claims, redirectUri: string): Promise<IdentityProvider> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // It tells the console what is only for trying.
  for (const level of ['info', 'warn'] as const)
    jest.spyOn(console, level).mockImplementation(() => undefined);
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: true } },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, ...claims[id] }),
    }),
  });
  const it: IdentityProvider = {
    issuer,
    forge: undefined,
    async signIn(authorizationUrl, name) {
      const visitor = new Visitor(issuer);
      let path = authorizationUrl.slice(issuer.length);
      for (let step = 0; step < 10; step += 1) {
        const answer = await visitor.get(path);
        const location = answer.location;
        if (location !== null) {
          if (!location.startsWith(issuer) && !location.startsWith('/')) return location;
          path = location.replace(issuer, '');
          continue;
        }
        const [, prompt = ''] = /name="prompt" value="(\w+)"/.exec(answer.text) ?? [];
        const sent = await visitor.post(path, { prompt, login: name, password: 'x' });
        path = (sent.location ?? '').replace(issuer, '');
      }
      throw new Error('the provider goes round in circles');
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  provider.use(async (context, next) => {
    await next();
    const { body } = context;
    if (typeof body?.id_token === 'string' && it.forge !== undefined) body.id_token = it.forge(body.id_token);
  });
  server.on('request', provider.callback());
  return it;
}
