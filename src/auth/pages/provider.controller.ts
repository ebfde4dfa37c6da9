import { Get, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Doors } from '../doors.js';
import { Open } from '../needs.decorator.js';
import { Oidc } from '../oidc.js';
import { SignInLimits } from '../sign-in-limits.js';
import { SignIn } from '../sign-in.js';
import { fromOf } from '../who.js';
import { Entrance } from './entrance.js';
import { NextQuery } from './form.dto.js';
import { localPath } from './local-path.js';
import { PageController } from './page-controller.decorator.js';

/** Sign-in by a provider: there and back. */
@PageController('sign-in/provider')
export class ProviderController {
  constructor(
    private readonly oidc: Oidc,
    private readonly signIn: SignIn,
    private readonly doors: Doors,
    private readonly entrance: Entrance,
    private readonly limits: SignInLimits,
  ) {}

  @Get()
  @Open('sends the browser to the provider; limited by network')
  async begin(
    @Query() { next }: NextQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.limits.takeOfNetwork(fromOf(request).address);
    const { url, state } = await this.oidc.begin(localPath(next, '/account'), request.headers.host ?? '');
    this.doors.cookies.setOidc(response, state);
    response.redirect(303, url);
  }

  @Get('callback')
  @Open('asks for what only the provider can say')
  async finish(@Req() request: Request, @Res() response: Response): Promise<void> {
    const from = fromOf(request);
    const { cookies } = this.doors;
    const state = cookies.oidc(request);
    cookies.clearOidc(response);
    const actor = `anonymous ${from.address}`;
    const { user, next } = await this.oidc.finish(
      request.originalUrl,
      request.headers.host ?? '',
      state,
      actor,
    );
    await this.limits.takeRight(user.id, 'provider');
    await this.limits.giveBackOfNetwork(from.address);
    const signedIn = await this.signIn.open(user, from, this.entrance.oldToken(request), 'provider');
    this.entrance.goOn(response, signedIn, next);
  }
}
