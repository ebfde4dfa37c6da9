import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { IsinglassError, NotAllowedError, NotSignedInError, TooManyError } from '../common/errors.js';
import { masked } from '../common/secrets.js';
import { Database } from '../database/database.js';
import { AuditLog } from './audit-log.js';
import './request-principal.js';
import { byOf, fromOf } from './who.js';

/** Proofs that were wrong: whoever sends them may be guessing. */
const GUESSES = ['LINK_INVALID', 'PASSWORD_WRONG', 'CODE_WRONG'];
/** Somebody has not signed in yet, or forgot the key: nobody was refused. */
const EVERYDAY = [
  'SIGN_IN_NEEDED',
  'SECOND_FACTOR_NEEDED',
  'KEY_MISSING',
  'RATE_LIMITED',
  'QUOTA_EXCEEDED',
  'READS_TOO_MANY',
];
/** The same refusal again says nothing new, and a program that is refused asks a thousand times. */
const SAID_FOR_MS = 60 * 60_000;
const MOST_REMEMBERED = 10_000;

/**
 * Who was refused. All of it stands in the log of the process; what a known user or key asked for without the permission, or guessed
 * at, also in the log of decisions, once an hour for the same route and process, so that nobody can fill it.
 */
@Injectable()
export class Refusals {
  private readonly logger = new Logger('Doors');
  private readonly saidAtMs = new Map<string, number>();
  private readonly told = new WeakSet<Error>();

  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /**
   * What is no refusal, and what was told already, is passed over. Never throws.
   * @param route as it is declared, `/v1/keys/:id`: what somebody makes up is no new refusal
   */
  async tell(error: unknown, request: Request, route = declared(request)): Promise<void> {
    if (!isRefusal(error) || this.told.has(error)) return;
    this.told.add(error);
    const { principal, method } = request;
    const from = fromOf(request);
    const by = byOf(principal ?? { kind: 'anonymous', permissions: new Set() }, from);
    // Masked before it is cut: half a secret would be known no more.
    const [path = ''] = masked(request.originalUrl).split('?');
    const why = masked(error.message).slice(0, 200);
    this.logger.warn(`${error.code}: ${method} ${path.slice(0, 200)} by ${by.actor}: ${why}`);
    if (principal === undefined || principal.kind === 'anonymous') return;
    if (!(error instanceof NotAllowedError || GUESSES.includes(error.code))) return;
    // Whatever address they come from next.
    const who = principal.kind === 'key' ? principal.keyId : principal.userId;
    if (this.wasSaid(`${who} ${error.code} ${method} ${route}`)) return;
    try {
      await this.database.transaction((client) =>
        this.audit.write(client, by, { action: 'refuse', details: { code: error.code, method, route } }),
      );
    } catch (failure) {
      // They are refused all the same.
      this.logger.error(`a refusal could not be written down: ${String(failure)}`);
    }
  }

  private wasSaid(what: string): boolean {
    const nowMs = performance.now();
    if (nowMs - (this.saidAtMs.get(what) ?? -Infinity) < SAID_FOR_MS) return true;
    if (this.saidAtMs.size >= MOST_REMEMBERED) this.saidAtMs.clear();
    this.saidAtMs.set(what, nowMs);
    return false;
  }
}

function isRefusal(error: unknown): error is IsinglassError {
  return (
    error instanceof IsinglassError &&
    !EVERYDAY.includes(error.code) &&
    (GUESSES.includes(error.code) ||
      error instanceof NotAllowedError ||
      error instanceof NotSignedInError ||
      error instanceof TooManyError)
  );
}

function declared({ route }: Request): string {
  return (route as { readonly path?: string } | undefined)?.path ?? 'no route';
}
