import { Injectable, Logger, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { ConfigurationError, IsinglassError } from '../common/errors.js';
import { Doors } from './doors.js';
import { NEEDED, type Needed } from './needs.decorator.js';
import { byOf, fromOf } from './who.js';

/** Somebody has not signed in yet, or forgot the key: nobody was refused. */
const EVERYDAY = ['SIGN_IN_NEEDED', 'SECOND_FACTOR_NEEDED', 'KEY_MISSING', 'RATE_LIMITED', 'QUOTA_EXCEEDED'];

/** Stands before every route. One that does not say what it needs lets nobody in, and stops the start: see `route-check.ts`. */
@Injectable()
export class DoorGuard implements CanActivate {
  private readonly logger = new Logger('Doors');

  constructor(
    private readonly reflector: Reflector,
    private readonly doors: Doors,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const needed = this.reflector.getAllAndOverride<Needed | undefined>(NEEDED, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (needed === undefined) throw unguarded(`${context.getClass().name}.${context.getHandler().name}`);
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    try {
      await this.doors.admit(needed, request, http.getResponse<Response>());
      return true;
    } catch (error) {
      if (error instanceof IsinglassError && !EVERYDAY.includes(error.code)) this.tell(error.code, request);
      throw error;
    }
  }

  private tell(code: string, request: Request): void {
    const { path, method, principal } = request;
    const { actor } =
      principal === undefined
        ? { actor: `anonymous ${fromOf(request).address}` }
        : byOf(principal, fromOf(request));
    this.logger.warn(`${code}: ${method} ${path.slice(0, 200)} by ${actor}`);
  }
}

export function unguarded(route: string): ConfigurationError {
  return new ConfigurationError(
    'ROUTE_UNGUARDED',
    `${route} does not say who may come in`,
    'Put @Needs, @NeedsPerson or @Open on it: see src/auth/needs.decorator.ts.',
  );
}
