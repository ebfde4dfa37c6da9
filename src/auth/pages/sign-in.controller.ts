import { Body, Get, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { IsinglassError, NotSignedInError, TooManyError, BadRequestError } from '../../common/errors.js';
import { Doors } from '../doors.js';
import { Open } from '../needs.decorator.js';
import { Oidc } from '../oidc.js';
import { Refusals } from '../refusals.js';
import type { LiveSession } from '../sessions.js';
import { SignIn } from '../sign-in.js';
import { Users } from '../users.js';
import { fromOf } from '../who.js';
import { Entrance } from './entrance.js';
import { CodeForm, NextQuery, NoForm, SignInForm } from './form.dto.js';
import { html, type Html } from './html.js';
import { localPath } from './local-path.js';
import { PageController } from './page-controller.decorator.js';
import { field, sendPage } from './page.js';

const AFTER_SIGN_IN = '/account';

/** Sign-in in two pages, and sign-out. */
@PageController('')
export class SignInController {
  constructor(
    private readonly signIn: SignIn,
    private readonly doors: Doors,
    private readonly users: Users,
    private readonly entrance: Entrance,
    private readonly oidc: Oidc,
    private readonly refusals: Refusals,
  ) {}

  @Get('sign-in')
  @Open('the page where one says who one is')
  async form(
    @Query() { next }: NextQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (!(await this.users.isThereAnAdmin())) {
      response.redirect(303, '/set-up');
      return;
    }
    if ((await this.doors.sessionOf(request))?.stage === 'signed-in') {
      // Whose role asks for a second factor would be sent back here from wherever they wanted to go.
      const isIn = (await this.doors.personOf(request)) !== null;
      response.redirect(303, isIn ? localPath(next, AFTER_SIGN_IN) : '/account/second-factor');
      return;
    }
    sendPage(response, { title: 'Sign in', isNarrow: true, body: signInForm('', next, this.oidc.provider) });
  }

  @Post('sign-in')
  @Open('limited by account and network')
  async signInWithPassword(
    @Body() { email, password, next }: SignInForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    try {
      const signedIn = await this.signIn.withPassword(
        email,
        password,
        fromOf(request),
        this.entrance.oldToken(request),
        this.doors.cookies.device(request),
      );
      this.entrance.goOn(response, signedIn, localPath(next, AFTER_SIGN_IN));
    } catch (error) {
      if (!(error instanceof NotSignedInError) && !(error instanceof TooManyError)) throw error;
      await this.tellWhen(error, request, response);
      sendPage(response, {
        title: 'Sign in',
        isNarrow: true,
        problem: error,
        body: signInForm(email, next, this.oidc.provider),
      });
    }
  }

  @Get('sign-in/second-factor')
  @Open('asks for a session whose password was right')
  async codeForm(
    @Query() { next }: NextQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const waiting = await this.waiting(request);
    if (waiting === null) response.redirect(303, '/sign-in');
    else sendPage(response, { title: 'Second factor', isNarrow: true, body: codeForm(next) });
  }

  @Post('sign-in/second-factor')
  @Open('asks for a session whose password was right; limited by account')
  async signInWithCode(
    @Body() { code, next }: CodeForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const waiting = await this.waiting(request);
    if (waiting === null) {
      response.redirect(303, '/sign-in');
      return;
    }
    try {
      const signedIn = await this.signIn.withSecondFactor(
        waiting.session,
        waiting.token,
        code,
        fromOf(request),
        this.doors.cookies.device(request),
      );
      this.entrance.goOn(response, signedIn, localPath(next, AFTER_SIGN_IN));
    } catch (error) {
      if (!(error instanceof BadRequestError) && !(error instanceof TooManyError)) throw error;
      await this.tellWhen(error, request, response);
      sendPage(response, { title: 'Second factor', isNarrow: true, problem: error, body: codeForm(next) });
    }
  }

  @Post('sign-out')
  @Open('ends the session that it comes with, if any')
  async signOut(@Body() _form: NoForm, @Req() request: Request, @Res() response: Response): Promise<void> {
    const token = this.doors.cookies.session(request);
    const session = await this.doors.sessionOf(request);
    if (token !== undefined && session !== null) await this.signIn.signOut(token, session, fromOf(request));
    this.doors.cookies.clearSession(response);
    // Not the cookies: by one of them this browser is known again.
    response.setHeader('Clear-Site-Data', '"cache", "storage"');
    response.redirect(303, '/sign-in');
  }

  private async waiting(
    request: Request,
  ): Promise<{ readonly token: string; readonly session: LiveSession } | null> {
    const token = this.doors.cookies.session(request);
    const session = await this.doors.sessionOf(request);
    return token !== undefined && session?.stage === 'second-factor' ? { token, session } : null;
  }

  /** A wrong password and a wrong code were written down already. */
  private async tellWhen(error: IsinglassError, request: Request, response: Response): Promise<void> {
    if (!(error instanceof TooManyError)) return;
    response.setHeader('Retry-After', String(Math.ceil(error.retryAfterMs / 1000)));
    await this.refusals.tell(error, request);
  }
}

function signInForm(email: string, next: string | undefined, provider: string | null): Html {
  return html`<form class="card" method="post" action="/sign-in">
      ${field('E-mail address', { name: 'email', type: 'email', value: email, required: true, autocomplete: 'username', autofocus: true })}
      ${field('Password', { name: 'password', type: 'password', required: true, autocomplete: 'current-password' })}
      ${nextField(next)}
      <button>Sign in</button>
    </form>
    ${
      provider === null
        ? null
        : html`<p>
            <a href="/sign-in/provider?next=${encodeURIComponent(localPath(next, AFTER_SIGN_IN))}"
              >Sign in with ${provider}</a
            >
          </p>`
    }
    <p><a href="/password-reset">I forgot my password</a></p>`;
}

function codeForm(next: string | undefined): Html {
  return html`<form class="card" method="post" action="/sign-in/second-factor">
      ${field(
        'Code',
        { name: 'code', required: true, autocomplete: 'one-time-code', inputmode: 'text', autofocus: true },
        'The six digits that your authenticator shows, or a recovery code.',
      )}
      ${nextField(next)}
      <button>Go on</button>
    </form>
    <form method="post" action="/sign-out"><button class="plain">Sign in as somebody else</button></form>`;
}

const nextField = (next: string | undefined): Html =>
  html`<input type="hidden" name="next" value="${localPath(next, AFTER_SIGN_IN)}" />`;
