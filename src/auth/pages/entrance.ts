import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Doors } from '../doors.js';
import type { SignedIn } from '../sign-in.js';

/** What all ways in end with: cookies, and where it goes on. */
@Injectable()
export class Entrance {
  constructor(private readonly doors: Doors) {}

  oldToken(request: Request): string | undefined {
    return this.doors.cookies.session(request);
  }

  /** @param next a path of this house */
  goOn(response: Response, { sessionToken, stage, deviceToken }: SignedIn, next: string): void {
    const { cookies } = this.doors;
    cookies.setSession(response, sessionToken);
    if (deviceToken !== null) cookies.setDevice(response, deviceToken);
    const way = stage === 'signed-in' ? next : `/sign-in/second-factor?next=${encodeURIComponent(next)}`;
    response.redirect(303, way);
  }
}
