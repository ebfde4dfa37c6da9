import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { ConfigurationError } from '../common/errors.js';
import { Doors } from './doors.js';
import { NEEDED, type Needed } from './needs.decorator.js';
import { Refusals } from './refusals.js';

/** Stands before every route. One that does not say what it needs lets nobody in, and stops the start: see `route-check.ts`. */
@Injectable()
export class DoorGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly doors: Doors,
    private readonly refusals: Refusals,
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
      await this.refusals.tell(error, request);
      throw error;
    }
  }
}

export function unguarded(route: string): ConfigurationError {
  return new ConfigurationError(
    'ROUTE_UNGUARDED',
    `${route} does not say who may come in`,
    'Put @Needs, @NeedsPerson or @Open on it: see src/auth/needs.decorator.ts.',
  );
}
