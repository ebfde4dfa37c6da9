import { ConfigurationError, IsinglassError } from '../common/errors.js';
import { hostOf, isLoopback } from '../config/address-values.js';
import { isSourceOn } from '../config/settings.js';
import { DATABASE_CHECKS } from './deploy-database-checks.js';
import type { DeployCheck, Deployment } from './deployment.js';
import { fine, wrong, type CheckResult } from './system-checks.js';

/** End of maintenance of each Node that is maintained for long: nodejs/Release, schedule.json, as of 2026-11. */
const NODE_MAINTAINED_UNTIL: Readonly<Record<number, string>> = {
  22: '2027-04-30',
  24: '2028-04-30',
  26: '2029-04-30',
};
const SHORTEST_CLIENT_SECRET = 16;
/** Text that a person made up repeats itself; 20 random letters have more different ones. */
const FEWEST_DIFFERENT_LETTERS = 8;
const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;

/** Looks at what makes a house unsafe that others can reach: see `npx isinglass check --deploy`. */
export const DEPLOY_CHECKS: readonly DeployCheck[] = [
  {
    id: 'deploy.production',
    promise: 'NODE_ENV is production, so that an unsafe configuration does not start',
    look: ({ config }) =>
      config.production
        ? null
        : wrong(
            'warning',
            'NODE_ENV is not production: the house starts unsafe as well',
            'Set NODE_ENV=production.',
          ),
  },
  {
    id: 'deploy.settings',
    promise: 'every ISINGLASS_… in the environment is a setting',
    look: ({ unknownSettings }) =>
      unknownSettings.length === 0
        ? null
        : wrong(
            'warning',
            `no settings, and passed over: ${unknownSettings.join(', ')}`,
            'Correct their names; the README lists all settings.',
          ),
  },
  {
    id: 'deploy.public-url',
    promise: 'the house knows by which address people come',
    look: ({ config }) =>
      config.publicUrl !== undefined || !config.roles.includes('web')
        ? null
        : wrong(
            'error',
            'nobody said by which address people come: cookies and links in mails depend on it',
            'Set ISINGLASS_PUBLIC_URL=https://<host>.',
          ),
  },
  {
    id: 'deploy.https',
    promise: 'people come by https',
    look({ config: { publicUrl } }) {
      if (publicUrl === undefined) return fine('not looked at: nobody said by which address people come');
      if (!publicUrl.startsWith('http:')) return null;
      return isLoopback(hostOf(new URL(publicUrl)))
        ? wrong('warning', `${publicUrl} reaches this machine only`, 'Let a proxy speak https for others.')
        : wrong(
            'error',
            `${publicUrl} is not encrypted: cookies and keys could be read on the way`,
            'Let a proxy speak https, and set ISINGLASS_PUBLIC_URL=https://<host>.',
          );
    },
  },
  {
    id: 'deploy.proxy',
    promise: 'the proxy that speaks https is known, and no other is believed',
    look({ config: { publicUrl, host, trustProxy, roles } }) {
      if (!publicUrl?.startsWith('https:') || !roles.includes('web'))
        return fine('no proxy has to speak https');
      const hint = 'Set ISINGLASS_TRUST_PROXY to the address of the proxy.';
      if (trustProxy === false) {
        // We speak http only, so somebody stands before us: without a name all people are one to every limit.
        return isLoopback(host)
          ? wrong('warning', 'no proxy is trusted: limits by address count all people as one', hint)
          : wrong(
              'error',
              `a proxy speaks https for ${publicUrl} and none is trusted, while ${host} can be reached past it by plain http`,
              `${hint} Listen on loopback, or on a network of the proxy alone.`,
            );
      }
      if (typeof trustProxy === 'number' && !isLoopback(host)) {
        return wrong(
          'warning',
          `whoever reaches ${host} past the proxy may say that he asks from any address`,
          `${hint} A count of proxies is right only where nobody gets past them.`,
        );
      }
      return null;
    },
  },
  {
    id: 'deploy.cors',
    promise: 'pages of other sites that may ask are encrypted',
    look({ config: { corsOrigins } }) {
      const plain = corsOrigins.filter((origin) => origin.startsWith('http:'));
      const foreign = plain.filter((origin) => !isLoopback(hostOf(new URL(origin))));
      if (plain.length === 0) return null;
      return wrong(
        foreign.length > 0 ? 'error' : 'warning',
        `pages that anybody on the way may change can ask: ${plain.join(', ')}`,
        'Name https:// origins only in ISINGLASS_CORS_ORIGINS.',
      );
    },
  },
  {
    id: 'deploy.secret-key',
    promise: 'second factors are encrypted with a key from outside the home',
    look: ({ config }) =>
      config.secretKey !== undefined
        ? null
        : wrong(
            'warning',
            'the key that encrypts second factors is kept in ISINGLASS_HOME: processes on other machines would not have it',
            'Set ISINGLASS_SECRET_KEY_FILE; make a key: openssl rand -hex 32',
          ),
  },
  {
    id: 'deploy.setup-token',
    promise: 'nobody guesses the token of the first account',
    look({ config: { setupToken } }) {
      if (setupToken === undefined || new Set(setupToken).size >= FEWEST_DIFFERENT_LETTERS) return null;
      return wrong(
        'error',
        'ISINGLASS_SETUP_TOKEN repeats a few letters: it can be guessed',
        'Make another: openssl rand -hex 20',
      );
    },
  },
  ...DATABASE_CHECKS,
  {
    id: 'deploy.second-factor',
    promise: 'admins need a second factor',
    look: ({ config }) =>
      config.secondFactorRoles.includes('admin')
        ? null
        : wrong(
            'warning',
            'a password alone opens the account of an admin',
            'Set ISINGLASS_SECOND_FACTOR=admin, or steward,admin.',
          ),
  },
  {
    id: 'deploy.provider',
    promise: 'the provider of sign-in is a safe one',
    look({ config, sources }) {
      const { oidcIssuer, oidcClientSecret, oidcNewUsers } = config;
      if (oidcIssuer === undefined) return fine('no provider of sign-in is set');
      if (oidcClientSecret !== undefined && oidcClientSecret.length < SHORTEST_CLIENT_SECRET) {
        return wrong(
          'error',
          `ISINGLASS_OIDC_CLIENT_SECRET is shorter than ${SHORTEST_CLIENT_SECRET} characters: it can be guessed`,
          'Let the provider make another.',
        );
      }
      if (oidcIssuer.startsWith('http:')) {
        return wrong(
          'warning',
          `${oidcIssuer} is a provider for trying`,
          'Set ISINGLASS_OIDC_ISSUER=https://….',
        );
      }
      if (oidcNewUsers === 'steward') {
        return wrong(
          'warning',
          'whoever the provider knows becomes a steward and may decide about editions',
          'Set ISINGLASS_OIDC_NEW_USERS=viewer, or leave it empty.',
        );
      }
      const kept = sources.filter(
        (source) => isSourceOn(source, config.sources) && !source.licence.mayRedistribute,
      );
      if (oidcNewUsers === undefined || kept.length === 0) return null;
      return wrong(
        'warning',
        `whoever the provider knows may see, and make a key for, what must not be passed on: ${kept.map(({ id }) => id).join(', ')}`,
        'Leave ISINGLASS_OIDC_NEW_USERS empty, or switch these sources off.',
      );
    },
  },
  {
    id: 'deploy.mail',
    promise: 'links and invitations are mailed, encrypted',
    look({ config: { smtpUrl, mailFrom } }) {
      if (smtpUrl === undefined) {
        return wrong(
          'warning',
          'nothing is mailed: an admin hands links to people',
          'Set ISINGLASS_SMTP_URL_FILE and ISINGLASS_MAIL_FROM.',
        );
      }
      if (mailFrom === undefined) {
        return wrong('error', 'mails have no sender: servers refuse them', 'Set ISINGLASS_MAIL_FROM.');
      }
      if (!smtpUrl.startsWith('smtp:') || isLoopback(hostOf(new URL(smtpUrl)))) return null;
      return wrong(
        'warning',
        'somebody on the way to the mail server can keep the mails, and its password, from being encrypted',
        'Use smtps:// in ISINGLASS_SMTP_URL.',
      );
    },
  },
  {
    id: 'deploy.secret-files',
    promise: 'files of secrets are for this process alone',
    async look({ secretFiles, modeOf }) {
      const modes = await Promise.all(
        secretFiles.map(async ({ setting, path }) => ({ setting, path, mode: (await modeOf(path)) ?? 0 })),
      );
      const open = modes.filter(({ mode }) => (mode & (OTHERS_READ | OTHERS_WRITE)) !== 0);
      if (open.length === 0) return null;
      return wrong(
        open.some(({ mode }) => (mode & OTHERS_WRITE) !== 0) ? 'error' : 'warning',
        `everybody on this machine reads ${open.map(({ setting, path }) => `${path} (${setting})`).join(', ')}`,
        `chmod 600 ${open.map(({ path }) => path).join(' ')}`,
      );
    },
  },
  {
    id: 'deploy.home',
    promise: 'nobody else looks into ISINGLASS_HOME',
    async look({ config: { home }, modeOf }) {
      const mode = (await modeOf(home)) ?? 0;
      if ((mode & (OTHERS_READ | OTHERS_WRITE)) === 0) return null;
      return (mode & OTHERS_WRITE) === 0
        ? wrong('warning', `everybody on this machine can list ${home}`, `chmod 711 ${home}`)
        : wrong('error', `everybody on this machine can put files into ${home}`, `chmod 711 ${home}`);
    },
  },
  {
    id: 'deploy.public-read',
    promise: 'who reads has a rate and a quota',
    look: ({ config: { publicRead } }) =>
      publicRead
        ? wrong(
            'warning',
            'PUBLIC_READ lets everybody read, as often as they like: rate and quota are those of a key',
            'Set PUBLIC_READ=no, or limit requests by address in the proxy before this house.',
          )
        : null,
  },
  {
    id: 'deploy.user',
    promise: 'this process is not root',
    look: ({ isRoot }) =>
      isRoot
        ? wrong('warning', 'a fault in this process would be one of root', 'Start it as a user of its own.')
        : null,
  },
  {
    id: 'deploy.node',
    promise: 'Node is maintained, and keeps its protections',
    look({ nodeFlags, nodeVersion, clock }) {
      if (nodeFlags.length > 0) {
        return wrong('error', nodeFlags.join('; '), 'Start Node without it, and look into NODE_OPTIONS.');
      }
      const until = NODE_MAINTAINED_UNTIL[Number(nodeVersion.split('.')[0])];
      if (until !== undefined && clock.now().toISOString().slice(0, 10) <= until) return null;
      const newest = Math.max(...Object.keys(NODE_MAINTAINED_UNTIL).map(Number));
      if (until === undefined && Number(nodeVersion.split('.')[0]) > newest) return null;
      return wrong(
        'warning',
        `Node ${nodeVersion} is not maintained any more: faults in it stay`,
        'Use the Node that npm ci brings, or a newer one that is maintained for long.',
      );
    },
  },
];

/** All deploy checks, in order; one that cannot be made is an error of its own. */
export async function checkDeployment(deployment: Deployment): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of DEPLOY_CHECKS) results.push(await resultOf(check, deployment));
  return results;
}

async function resultOf({ id, promise, look }: DeployCheck, deployment: Deployment): Promise<CheckResult> {
  try {
    return { id, ...((await look(deployment)) ?? { level: 'ok', message: promise, hint: null }) };
  } catch (error) {
    const hint = error instanceof IsinglassError ? error.nextStep : 'Mend what the message names.';
    const message = error instanceof Error ? error.message : String(error);
    return { id, level: 'error', message: `could not be checked: ${message}`, hint };
  }
}

/**
 * For a start in production.
 * @returns what is not safe and no reason to refuse
 * @throws ConfigurationError DEPLOY_UNSAFE naming every check that found an error, with its hint; DATABASE_UNREACHABLE when
 *   that is all there is
 */
export async function refuseUnsafe(deployment: Deployment): Promise<readonly CheckResult[]> {
  let unreachable: Error | undefined;
  const results = await checkDeployment({
    ...deployment,
    rightsOfRole: (url) =>
      deployment.rightsOfRole(url).catch((error: unknown) => {
        unreachable = error instanceof Error ? error : new Error(String(error));
        return { name: '', excessive: [] };
      }),
  });
  const errors = results.filter(({ level }) => level === 'error');
  if (errors.length > 0) {
    throw new ConfigurationError(
      'DEPLOY_UNSAFE',
      `not safe for production:\n${errors.map(({ id, message, hint }) => `${id}: ${message} → ${hint}`).join('\n')}`,
      'Correct what is named, then look again: npx isinglass check --deploy',
    );
  }
  if (unreachable !== undefined) throw unreachable;
  return results.filter(({ level }) => level === 'warning');
}
