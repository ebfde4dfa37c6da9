import { Body, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { BadRequestError, TooManyError, type IsinglassError } from '../../common/errors.js';
import { NeedsPerson } from '../needs.decorator.js';
import { Refusals } from '../refusals.js';
import { IDLE, Sessions, type SessionSummary } from '../sessions.js';
import { passwordSubject, SignInLimits } from '../sign-in-limits.js';
import { Users } from '../users.js';
import { browserOf } from './browser-of.js';
import { ChangePasswordForm, NoForm } from './form.dto.js';
import { html, type Part } from './html.js';
import { PageController } from './page-controller.decorator.js';
import { field, moment, sendPage, table } from './page.js';
import { newPasswordField } from './set-up.controller.js';
import { byPerson, signedIn } from './signed-in.js';

/** "My account": password, second factor and sessions. */
@PageController('account')
export class AccountController {
  constructor(
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly limits: SignInLimits,
    private readonly refusals: Refusals,
  ) {}

  @Get()
  @NeedsPerson()
  async account(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.show(request, response, {});
  }

  @Post('password')
  @NeedsPerson()
  async changePassword(
    @Body() { old, password }: ChangePasswordForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { id, person } = signedIn(request);
    try {
      const subject = passwordSubject(person.userId);
      await this.limits.take(subject);
      await this.users.changePassword(person.userId, old, password, id, byPerson(request));
      await this.limits.clear(subject);
      await this.show(request, response, {
        notice: 'Your password is changed, and all other sessions are ended.',
      });
    } catch (error) {
      if (!(error instanceof BadRequestError) && !(error instanceof TooManyError)) throw error;
      await this.refusals.tell(error, request);
      await this.show(request, response, { problem: error });
    }
  }

  @Post('sessions/:id/end')
  @NeedsPerson()
  async endSession(
    @Param('id') id: string,
    @Body() _form: NoForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.sessions.end(signedIn(request).person.userId, id, byPerson(request));
    response.redirect(303, '/account');
  }

  private async show(
    request: Request,
    response: Response,
    said: { notice?: string; problem?: IsinglassError },
  ): Promise<void> {
    const { id, person } = signedIn(request);
    const [user, sessions] = await Promise.all([
      this.users.get(person.userId),
      this.sessions.list(person.userId),
    ]);
    const body = html`<p>
        ${user.name === '' ? null : `${user.name}, `}${user.email}, with the role ${user.role}.
      </p>
      <section class="card">
        <h2>Second factor</h2>
        <p>
          ${user.hasSecondFactor ? 'On: signing in asks for a code of your authenticator.' : 'Off: your password alone opens your account.'}
        </p>
        <p>
          <a href="/account/second-factor"
            >${user.hasSecondFactor ? 'Recovery codes, and turning it off' : 'Set it up'}</a
          >
        </p>
      </section>
      <section class="card">
        <h2>Sessions</h2>
        ${table(
          ['Last seen', 'From', 'Browser', 'Ends', ''],
          sessions.map((session) => sessionRow(session, session.id === id)),
        )}
        <p class="quiet">A session that nobody uses for ${IDLE} ends before that.</p>
      </section>
      <form class="card" method="post" action="/account/password">
        <h2>Change password</h2>
        ${field('Present password', { name: 'old', type: 'password', required: true, autocomplete: 'current-password' })}
        ${newPasswordField('New password')}
        <button>Change password</button>
      </form>`;
    sendPage(response, { title: 'My account', person, body, ...said });
  }
}

function sessionRow({ id, lastSeenAt, address, userAgent, endsAt }: SessionSummary, isThis: boolean): Part[] {
  const end = html`<form method="post" action="/account/sessions/${id}/end">
    <button class="danger">End</button>
  </form>`;
  return [moment(lastSeenAt), address, browserOf(userAgent), moment(endsAt), isThis ? 'this one' : end];
}
