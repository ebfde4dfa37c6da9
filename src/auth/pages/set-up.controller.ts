import { Body, Get, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { BadRequestError, ConflictError, IsinglassError } from '../../common/errors.js';
import { Open } from '../needs.decorator.js';
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from '../passwords.js';
import { Refusals } from '../refusals.js';
import { SignIn } from '../sign-in.js';
import { Users } from '../users.js';
import { fromOf } from '../who.js';
import { SetUpForm, TokenQuery } from './form.dto.js';
import { html, type Html } from './html.js';
import { PageController } from './page-controller.decorator.js';
import { field, sendPage } from './page.js';
import { Entrance } from './entrance.js';

const TITLE = 'Set up Isinglass';

/** The first admin, once. */
@PageController('set-up')
export class SetUpController {
  constructor(
    private readonly users: Users,
    private readonly signIn: SignIn,
    private readonly entrance: Entrance,
    private readonly refusals: Refusals,
  ) {}

  @Get()
  @Open('there is nobody yet who could sign in; the form asks for the one-time token')
  async form(@Query() { token = '' }: TokenQuery, @Res() response: Response): Promise<void> {
    if (await this.users.isThereAnAdmin()) {
      response.redirect(303, '/sign-in');
      return;
    }
    sendPage(response, { title: TITLE, isNarrow: true, body: setUpForm({ token, email: '', name: '' }) });
  }

  @Post()
  @Open('asks for the one-time token')
  async setUp(@Body() form: SetUpForm, @Req() request: Request, @Res() response: Response): Promise<void> {
    const from = fromOf(request);
    try {
      const by = { actor: `anonymous ${from.address}` };
      const user = await this.users.setUp(form.token, form.email, form.name, form.password, by);
      const signedIn = await this.signIn.open(user, from, this.entrance.oldToken(request), 'set-up');
      this.entrance.goOn(response, signedIn, '/account');
    } catch (error) {
      if (!isAboutForm(error)) throw error;
      await this.refusals.tell(error, request);
      sendPage(response, { title: TITLE, isNarrow: true, problem: error, body: setUpForm(form) });
    }
  }
}

function isAboutForm(error: unknown): error is IsinglassError {
  return (
    error instanceof BadRequestError || (error instanceof ConflictError && error.code !== 'SET_UP_ALREADY')
  );
}

function setUpForm({ token, email, name }: Pick<SetUpForm, 'token' | 'email' | 'name'>): Html {
  return html`<p>You will be the admin, and invite the others.</p>
    <form class="card" method="post" action="/set-up">
      ${field('One-time token', { name: 'token', value: token, required: true, autocomplete: 'off' }, 'The process printed it when it started; it opens for an hour.')}
      ${field('E-mail address', { name: 'email', type: 'email', value: email, required: true, autocomplete: 'username' })}
      ${field('Your name', { name: 'name', value: name, autocomplete: 'name' })} ${newPasswordField()}
      <button>Set up</button>
    </form>`;
}

/** A field for a new password, with what is asked of one. */
export function newPasswordField(label = 'Password'): Html {
  return field(
    label,
    {
      name: 'password',
      type: 'password',
      required: true,
      minlength: SHORTEST_PASSWORD,
      maxlength: LONGEST_PASSWORD,
      autocomplete: 'new-password',
    },
    `At least ${SHORTEST_PASSWORD} characters: four or five words that do not belong together.`,
  );
}
