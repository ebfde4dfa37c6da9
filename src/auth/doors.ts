import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { NotAllowedError, NotSignedInError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/settings.js';
import { Cookies } from './cookies.js';
import { KeyDoor } from './key-door.js';
import type { Needed } from './needs.decorator.js';
import type { Permission } from './permissions.js';
import type { Person, Principal } from './principal.js';
import './request-principal.js';
import { Sessions, type LiveSession } from './sessions.js';
import { SignIn } from './sign-in.js';
import { fromOf } from './who.js';

/** Who may come in, and as whom. Programs come with a key and people with a session; neither opens the door of the other. */
@Injectable()
export class Doors {
  readonly cookies: Cookies;

  constructor(
    private readonly keys: KeyDoor,
    private readonly sessions: Sessions,
    private readonly signIn: SignIn,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicRead' | 'publicUrl'>,
  ) {
    this.cookies = new Cookies(config.publicUrl?.startsWith('https:') ?? false);
  }

  /**
   * Lets a request in, and says to it who asks.
   * @throws NotSignedInError, NotAllowedError, TooManyError with what is missing
   */
  async admit(needed: Needed, request: Request, response: Response): Promise<void> {
    if (needed.kind === 'nothing') return;
    if (needed.kind === 'person') return this.admitPerson(needed, request);
    request.principal = await this.programOf(
      request,
      response,
      needed.kind === 'permission' && needed.isPublic,
    );
    if (needed.kind === 'permission') requirePermission(request.principal, needed.permission);
  }

  /** Would whoever asked with this key be let in again now? For answers that go on for long. */
  async letsStay(request: Request, permission: Permission): Promise<boolean> {
    try {
      const { permissions } = await this.keys.holderOf(keyOf(request) ?? '', fromOf(request).address);
      return permissions.has(permission);
    } catch (error) {
      if (error instanceof NotSignedInError || error instanceof NotAllowedError) return false;
      throw error;
    }
  }

  /** Who signed in with this browser, with all that their role needs; `null` for nobody. */
  async personOf(request: Request): Promise<Person | null> {
    const session = await this.sessionOf(request);
    if (session === null || session.stage !== 'signed-in' || this.signIn.needsSecondFactor(session))
      return null;
    return session.person;
  }

  /** The session of this browser, whatever its stage. */
  async sessionOf(request: Request): Promise<LiveSession | null> {
    const token = this.cookies.session(request);
    return token === undefined ? null : this.sessions.find(token);
  }

  private async admitPerson(needed: Extract<Needed, { kind: 'person' }>, request: Request): Promise<void> {
    const session = await this.sessionOf(request);
    if (session?.stage !== 'signed-in') {
      throw new NotSignedInError('SIGN_IN_NEEDED', 'nobody is signed in here', 'Sign in: /sign-in');
    }
    if (!needed.withoutSecondFactor && this.signIn.needsSecondFactor(session)) {
      throw new NotAllowedError(
        'SECOND_FACTOR_NEEDED',
        `the role ${session.person.role} needs a second factor`,
        'Set it up: /account/second-factor',
      );
    }
    request.session = session;
    request.principal = session.person;
    if (needed.permission !== undefined) requirePermission(session.person, needed.permission);
  }

  private async programOf(request: Request, response: Response, isPublic: boolean): Promise<Principal> {
    const { authorization } = request.headers;
    if (authorization === undefined) {
      if (isPublic && this.config.publicRead) {
        return { kind: 'anonymous', permissions: new Set<Permission>(['instruments:read']) };
      }
      response.setHeader('WWW-Authenticate', 'Bearer realm="isinglass"');
      throw new NotSignedInError(
        'KEY_MISSING',
        'an API key is needed',
        'Send the header "Authorization: Bearer isk_…"; keys are made at /account/keys, or by npx isinglass create-key.',
      );
    }
    try {
      const { address } = fromOf(request);
      const { limits, ...holder } = await this.keys.holderOf(keyOf(request) ?? '', address);
      const { perMinute, perDay, leftToday } = await this.keys.take(holder.keyId, limits, address);
      response.setHeader('RateLimit-Policy', `"minute";q=${perMinute};w=60, "day";q=${perDay};w=86400`);
      response.setHeader('RateLimit', `"day";r=${leftToday}`);
      return holder;
    } catch (error) {
      if (error instanceof NotSignedInError) {
        response.setHeader('WWW-Authenticate', 'Bearer realm="isinglass", error="invalid_token"');
      }
      throw error;
    }
  }
}

function keyOf({ headers }: Request): string | undefined {
  return /^Bearer +([!-~]{1,200})$/i.exec(headers.authorization ?? '')?.[1];
}

/** @throws NotAllowedError PERMISSION_MISSING */
export function requirePermission(principal: Principal, permission: Permission): void {
  if (principal.permissions.has(permission)) return;
  const whose = principal.kind === 'key' ? 'this key' : 'your role';
  throw new NotAllowedError(
    'PERMISSION_MISSING',
    `${whose} does not have the permission ${permission}`,
    principal.kind === 'key'
      ? 'Make a key with that scope; its owner’s role must have it too.'
      : 'Ask an admin.',
  );
}
