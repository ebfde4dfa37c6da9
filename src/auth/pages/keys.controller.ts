import { Body, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { BadRequestError, ConflictError, type IsinglassError } from '../../common/errors.js';
import { CONFIG, type Config } from '../../config/settings.js';
import { ApiKeys, OVERLAP_DAYS, type ApiKey, type KeyUsage, type NewKey } from '../api-keys.js';
import { NeedsPerson } from '../needs.decorator.js';
import { PERMISSIONS, ROLE_PERMISSIONS, SCOPES } from '../permissions.js';
import { type UserRole } from '../../domain/user-role.js';
import { KeyForm, NoForm } from './form.dto.js';
import { html, type Html, type Part } from './html.js';
import { PageController } from './page-controller.decorator.js';
import { askedTwice, field, moment, sendPage, table } from './page.js';
import { byPerson, signedIn } from './signed-in.js';

const FIRST_KEY: KeyForm = { name: '', scopes: ['instruments:read'], days: 90 };

/** One's own API keys: made, rotated, revoked, and how much they are used. */
@PageController('account/keys')
export class KeysController {
  constructor(
    private readonly keys: ApiKeys,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
  ) {}

  @Get()
  @NeedsPerson()
  async list(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.show(request, response, {});
  }

  @Post()
  @NeedsPerson()
  async create(@Body() form: KeyForm, @Req() request: Request, @Res() response: Response): Promise<void> {
    const order = {
      name: form.name,
      scopes: form.scopes,
      days: form.days,
      networks: (form.networks ?? '').split(/[\s,]+/).filter(Boolean),
      mayRedistribute: form.redistribute === 'yes',
    };
    await this.answering(
      request,
      response,
      () => this.keys.create(signedIn(request).person.userId, order, byPerson(request)),
      form,
    );
  }

  @Get(':id')
  @NeedsPerson()
  async usage(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { person } = signedIn(request);
    const { key, days } = await this.keys.usage(person.userId, id);
    sendPage(response, { title: `Usage of “${key.name}” (${key.publicId})`, person, body: usageTable(days) });
  }

  @Post(':id/rotate')
  @NeedsPerson()
  async rotate(
    @Param('id') id: string,
    @Body() _form: NoForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.answering(request, response, () =>
      this.keys.rotate(signedIn(request).person.userId, id, byPerson(request)),
    );
  }

  @Post(':id/revoke')
  @NeedsPerson()
  async revoke(
    @Param('id') id: string,
    @Body() _form: NoForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.keys.revoke(signedIn(request).person.userId, id, byPerson(request));
    response.redirect(303, '/account/keys');
  }

  private async answering(
    request: Request,
    response: Response,
    make: () => Promise<NewKey>,
    typed?: KeyForm,
  ): Promise<void> {
    try {
      const made = await make();
      await this.show(request, response, {
        // Not what a proxy says of the host: that one nobody has checked.
        notice: newKeyNotice(made, this.config.publicUrl ?? `http://${request.headers.host}`),
      });
    } catch (error) {
      if (!(error instanceof BadRequestError) && !(error instanceof ConflictError)) throw error;
      await this.show(request, response, { problem: error, typed });
    }
  }

  private async show(
    request: Request,
    response: Response,
    { notice, problem, typed }: { notice?: Html | string; problem?: IsinglassError; typed?: KeyForm },
  ): Promise<void> {
    const { person } = signedIn(request);
    const keys = await this.keys.list(person.userId);
    const body = html`${keys.length === 0 ? html`<p>You have no key yet. A program sends one with each request, as <code>Authorization: Bearer …</code></p>` : keyTable(keys)}
    ${newKeyForm(person.role, typed)}`;
    sendPage(response, { title: 'API keys', person, body, problem, notice });
  }
}

function newKeyNotice({ key, text }: NewKey, house: string): Html {
  const path = key.scopes.includes('instruments:read') ? '/v1/instruments?limit=1' : '/v1/sources';
  return html`<strong>This is the key “${key.name}”. It is shown only now:</strong>
    <code class="secret" id="new-key">${text}</code>
    <p>Try it:</p>
    <code class="secret">curl -H "Authorization: Bearer ${text}" "${house}${path}"</code>`;
}

function keyTable(keys: readonly ApiKey[]): Html {
  const replaced = new Set(keys.map(({ replaces }) => replaces));
  return table(
    ['Name', 'Key', 'May', 'Used', 'Ends', ''],
    keys.map((key) => keyRow(key, replaced.has(key.id))),
  );
}

function keyRow(key: ApiKey, isReplaced: boolean): Part[] {
  const revoke = askedTwice(
    `/account/keys/${key.id}/revoke`,
    'Revoke',
    `“${key.name}” (${key.publicId}) opens nothing from that moment.`,
  );
  const rotate = html`<form method="post" action="/account/keys/${key.id}/rotate">
    <button class="plain">Rotate</button>
  </form>`;
  const actions = html`${isReplaced ? null : rotate} ${revoke}`;
  const from = html`<br /><span class="quiet">from ${key.networks.join(', ')}</span>`;
  const ends = isReplaced ? html`replaced, opens until ${moment(key.expiresAt)}` : moment(key.expiresAt);
  return [
    key.name,
    html`<code>${key.publicId}</code>`,
    html`${key.scopes.join(', ')}${key.mayRedistribute ? ', and all fields' : ''}${key.networks.length > 0 ? from : null}`,
    html`${moment(key.lastUsedAt)}<br /><a href="/account/keys/${key.id}">usage</a>: ${key.requestsToday}
      today`,
    key.revokedAt === null ? ends : html`revoked ${moment(key.revokedAt)}`,
    key.isLive ? actions : null,
  ];
}

function usageTable(usage: readonly KeyUsage[]): Html {
  if (usage.length === 0)
    return html`<p>It was never used.</p>
      <p><a href="/account/keys">Back to the keys</a></p>`;
  return html`${table(
      ['Day (UTC)', 'Requests', 'Refused: too many'],
      usage.map(({ day, requests, refused }) => [day, requests, refused]),
    )}
    <p><a href="/account/keys">Back to the keys</a></p>`;
}

function newKeyForm(role: UserRole, typed: KeyForm = FIRST_KEY): Html {
  const scopes = SCOPES.filter((scope) => ROLE_PERMISSIONS[role].includes(scope));
  return html`<form class="card" method="post" action="/account/keys">
    <h2>New key</h2>
    ${field('Name', { name: 'name', value: typed.name, required: true, maxlength: 100, autocomplete: 'off' }, 'The program that will have it.')}
    <fieldset>
      <legend>Its scopes: it may</legend>
      ${scopes.map(
        (scope) =>
          html`<label class="choice"
            ><input
              type="checkbox"
              name="scopes"
              value="${scope}"
              ${typed.scopes.includes(scope) ? html` checked` : null}
            />
            <span>${PERMISSIONS[scope]} <code>${scope}</code></span></label
          >`,
      )}
      <label class="choice"
        ><input
          type="checkbox"
          name="redistribute"
          value="yes"
          ${typed.redistribute === 'yes' ? html` checked` : null}
        />
        <span
          >receive all fields: those too that must not be passed on (see <code>/v1/sources</code>), for use in
          this house alone</span
        ></label
      >
    </fieldset>
    ${field('Days', { name: 'days', type: 'number', min: 1, max: 366, value: typed.days, required: true }, `Then it opens nothing. “Rotate” makes its successor, and both open for ${OVERLAP_DAYS} days.`)}
    ${field('Only from', { name: 'networks', value: typed.networks, autocomplete: 'off' }, 'Addresses or networks, such as 10.0.0.0/8; empty for anywhere.')}
    <button>Make key</button>
  </form>`;
}
