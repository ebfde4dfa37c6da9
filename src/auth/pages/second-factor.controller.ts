import { Body, Get, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { toDataURL } from 'qrcode';
import { BadRequestError, TooManyError, type IsinglassError } from '../../common/errors.js';
import { Doors } from '../doors.js';
import { NeedsPersonOnly } from '../needs.decorator.js';
import type { Person } from '../principal.js';
import { Refusals } from '../refusals.js';
import { SecondFactors } from '../second-factors.js';
import { codeSubject, SignInLimits } from '../sign-in-limits.js';
import { CodeForm, NoForm } from './form.dto.js';
import { html, type Html } from './html.js';
import { PageController } from './page-controller.decorator.js';
import { field, sendPage } from './page.js';
import { byPerson, signedIn } from './signed-in.js';

const TITLE = 'Second factor';

/** Where a second factor is set up, its recovery codes are made anew, and it is turned off with a code of it. */
@PageController('account/second-factor')
export class SecondFactorController {
  constructor(
    private readonly factors: SecondFactors,
    private readonly limits: SignInLimits,
    private readonly refusals: Refusals,
    private readonly doors: Doors,
  ) {}

  @Get()
  @NeedsPersonOnly()
  async page(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.show(request, response);
  }

  @Post()
  @NeedsPersonOnly()
  async begin(@Body() _form: NoForm, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { person } = signedIn(request);
    await this.factors.begin(person.userId, person.email);
    response.redirect(303, '/account/second-factor');
  }

  @Post('confirm')
  @NeedsPersonOnly()
  async confirm(
    @Body() { code }: CodeForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { id, person } = signedIn(request);
    await this.withCode(request, response, async () => {
      const { codes, sessionToken } = await this.factors.confirm(person.userId, code, id, byPerson(request));
      this.doors.cookies.setSession(response, sessionToken);
      sendCodes(response, person, 'It is on.', codes);
    });
  }

  @Post('recovery-codes')
  @NeedsPersonOnly()
  async renewCodes(
    @Body() { code }: CodeForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { id, person } = signedIn(request);
    await this.withCode(request, response, async () => {
      const codes = await this.factors.renewRecoveryCodes(person.userId, code, id, byPerson(request));
      const notice = 'These are your recovery codes now; the ones before open nothing any more.';
      sendCodes(response, person, notice, codes);
    });
  }

  @Post('off')
  @NeedsPersonOnly()
  async turnOff(
    @Body() { code }: CodeForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { id, person } = signedIn(request);
    await this.withCode(request, response, async () => {
      await this.factors.turnOffWith(person.userId, code, id, byPerson(request));
      response.redirect(303, '/account');
    });
  }

  /** Guesses are few, here as at the sign-in. */
  private async withCode(request: Request, response: Response, work: () => Promise<void>): Promise<void> {
    const subject = codeSubject(signedIn(request).person.userId);
    try {
      await this.limits.take(subject);
      await work();
      await this.limits.clear(subject);
    } catch (error) {
      if (!(error instanceof BadRequestError) && !(error instanceof TooManyError)) throw error;
      await this.refusals.tell(error, request);
      await this.show(request, response, error);
    }
  }

  private async show(request: Request, response: Response, problem?: IsinglassError): Promise<void> {
    const { person, hasSecondFactor } = signedIn(request);
    const begun = hasSecondFactor ? null : await this.factors.begun(person.userId, person.email);
    const body = hasSecondFactor
      ? onForms(await this.factors.recoveryCodesLeft(person.userId))
      : begun === null
        ? BEGIN
        : await enrolment(begun.secret, begun.uri);
    sendPage(response, { title: TITLE, person, isNarrow: true, body, problem });
  }
}

/** @param id of the field: two forms of one page have one each */
const codeField = (id: string, hint: string): Html =>
  field('Code', { id, name: 'code', required: true, autocomplete: 'one-time-code' }, hint);

const BEGIN = html`<p>
    With a second factor, signing in asks for a code that an authenticator on your telephone shows, beside
    your password.
  </p>
  <form method="post" action="/account/second-factor"><button>Set it up</button></form>`;

const onForms = (left: number): Html =>
  html`<p>It is on.</p>
    <form class="card" method="post" action="/account/second-factor/recovery-codes">
      <h2>Recovery codes</h2>
      <p>${left === 1 ? 'One is' : `${left} are`} left. New ones put those out of use that you have kept.</p>
      ${codeField('codes', 'Of your authenticator, or a recovery code.')}
      <button>Make new ones</button>
    </form>
    <form class="card" method="post" action="/account/second-factor/off">
      <h2>Turn it off</h2>
      ${codeField('off', 'Of your authenticator, or a recovery code.')}
      <button class="danger">Turn it off</button>
    </form>`;

/** Once: only their hashes are kept. */
function sendCodes(response: Response, person: Person, notice: string, codes: readonly string[]): void {
  const body = html`<p>
      Should you lose your authenticator, each of these opens once. Keep them where you keep your passwords;
      they are shown only now.
    </p>
    <ul class="codes card">
      ${codes.map((each) => html`<li><code>${each}</code></li>`)}
    </ul>
    <p><a href="/account">I have kept them</a></p>`;
  sendPage(response, { title: TITLE, person, isNarrow: true, notice, body });
}

async function enrolment(secret: string, uri: string): Promise<Html> {
  const image = await toDataURL(uri, { margin: 1, width: 384 });
  return html`<ol>
      <li>Scan this with an authenticator, or type the key into it.</li>
      <li>Type the code it shows.</li>
    </ol>
    <img class="qr" src="${image}" alt="QR code of the key below" />
    <p>Key: <code class="secret">${secret}</code></p>
    <form class="card" method="post" action="/account/second-factor/confirm">
      ${codeField('code', 'Six digits.')}
      <button>Turn it on</button>
    </form>`;
}
