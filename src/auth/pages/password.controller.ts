import { Body, Get, Logger, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { BadRequestError, TooManyError } from '../../common/errors.js';
import { Invitations } from '../invitations.js';
import { Mailer } from '../mail.js';
import { Open } from '../needs.decorator.js';
import { OneTimeLinks, type LinkPurpose } from '../one-time-links.js';
import { SignInLimits } from '../sign-in-limits.js';
import { Users } from '../users.js';
import { fromOf } from '../who.js';
import { ChoosePasswordForm, EmailForm, TokenQuery } from './form.dto.js';
import { html, type Html } from './html.js';
import { PageController } from './page-controller.decorator.js';
import { field, sendPage } from './page.js';
import { newPasswordField } from './set-up.controller.js';

const TITLES = { invitation: 'Welcome to Isinglass', 'password-reset': 'Choose a new password' } as const;

/** Passwords chosen by a link: an invitation's, or of somebody who forgot. */
@PageController('')
export class PasswordController {
  private readonly logger = new Logger('Pages');

  constructor(
    private readonly users: Users,
    private readonly links: OneTimeLinks,
    private readonly invitations: Invitations,
    private readonly mailer: Mailer,
    private readonly limits: SignInLimits,
  ) {}

  @Get('invitation')
  @Open('asks for a link that opens once')
  async invitation(@Query() { token = '' }: TokenQuery, @Res() response: Response): Promise<void> {
    await this.showForm('invitation', token, response);
  }

  @Post('invitation')
  @Open('asks for a link that opens once')
  async accept(
    @Body() form: ChoosePasswordForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.choose('invitation', form, request, response);
  }

  @Get('password-reset')
  @Open('for who cannot sign in')
  async reset(@Query() { token }: TokenQuery, @Res() response: Response): Promise<void> {
    if (token === undefined)
      sendPage(response, { title: 'Forgot your password?', isNarrow: true, body: this.askForm() });
    else await this.showForm('password-reset', token, response);
  }

  @Post('password-reset')
  @Open('asks for a link that opens once')
  async setNew(
    @Body() form: ChoosePasswordForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.choose('password-reset', form, request, response);
  }

  @Post('password-reset/link')
  @Open('limited by network; mails a link, and tells nobody whether there is such an account')
  async ask(@Body() { email }: EmailForm, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { address } = fromOf(request);
    await this.limits.takeOfNetwork(address);
    // Not waited for: how long it takes would tell whether there is such an account.
    this.invitations.mailPasswordLink(email, { actor: `anonymous ${address}` }).catch((error: unknown) => {
      // Whoever asks again and again: no fault of ours, and no line of a log for each.
      if (error instanceof TooManyError) return;
      this.logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
    const notice = 'If there is such an account, a link is on its way to it.';
    sendPage(response, {
      title: 'Forgot your password?',
      isNarrow: true,
      notice,
      body: html`<p><a href="/sign-in">Back to sign-in</a></p>`,
    });
  }

  private askForm(): Html {
    if (!this.mailer.isSet) {
      return html`<p>
          This house sends no mail. Ask an admin for a link to a new password: they make one at “Users”.
        </p>
        <p><a href="/sign-in">Back to sign-in</a></p>`;
    }
    return html`<form class="card" method="post" action="/password-reset/link">
        ${field('E-mail address', { name: 'email', type: 'email', required: true, autocomplete: 'username', autofocus: true })}
        <button>Mail me a link</button>
      </form>
      <p><a href="/sign-in">Back to sign-in</a></p>`;
  }

  private async showForm(
    purpose: LinkPurpose & keyof typeof TITLES,
    token: string,
    response: Response,
  ): Promise<void> {
    const user = await this.users.get((await this.links.require(purpose, token)) ?? '');
    sendPage(response, {
      title: TITLES[purpose],
      isNarrow: true,
      body: chooseForm(purpose, token, user.email),
    });
  }

  private async choose(
    purpose: LinkPurpose & keyof typeof TITLES,
    { token, password, email }: ChoosePasswordForm,
    request: Request,
    response: Response,
  ): Promise<void> {
    try {
      const by = { actor: `anonymous ${fromOf(request).address}` };
      // Who was slowed by others comes in with the new one at once.
      await this.limits.clearUser(await this.users.choosePassword(purpose, token, password, by));
      const notice = 'Your password is set. Sign in with it.';
      sendPage(response, {
        title: TITLES[purpose],
        isNarrow: true,
        notice,
        body: html`<p><a href="/sign-in">Sign in</a></p>`,
      });
    } catch (error) {
      if (!(error instanceof BadRequestError) || error.code !== 'PASSWORD_WEAK') throw error;
      sendPage(response, {
        title: TITLES[purpose],
        isNarrow: true,
        problem: error,
        body: chooseForm(purpose, token, email),
      });
    }
  }
}

/** @param email for whom reads it, and for password managers */
function chooseForm(purpose: LinkPurpose, token: string, email?: string): Html {
  return html`<form class="card" method="post" action="/${purpose}">
    <input type="hidden" name="token" value="${token}" />
    ${email === undefined ? null : field('For', { name: 'email', type: 'email', value: email, readonly: true, autocomplete: 'username' })}
    ${newPasswordField('New password')}
    <button>Set password</button>
  </form>`;
}
