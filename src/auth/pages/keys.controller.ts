import { Body, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { BadRequestError, ConflictError, type IsinglassError } from '../../common/errors.js';
import { ApiKeys, OVERLAP_DAYS, type ApiKey, type KeyUsage, type NewKey } from '../api-keys.js';
import { NeedsPerson } from '../needs.decorator.js';
import { PERMISSIONS, ROLE_PERMISSIONS, SCOPES } from '../permissions.js';
import { type UserRole } from '../../domain/user-role.js';
import { KeyForm, NoForm } from './form.dto.js';
import { html, type Html } from './html.js';
import { PageController } from './page-controller.decorator.js';
import { field, moment, sendPage } from './page.js';
import { byPerson, signedIn } from './signed-in.js';

const DEFAULT_DAYS = 90;

/** One's own API keys: made, rotated, revoked, and how much they are used. */
@PageController('account/keys')
export class KeysController {
  constructor(private readonly keys: ApiKeys) {}

  @Get()
  @NeedsPerson()
  async list(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.show(request, response, {});
  }

  @Post()
  @NeedsPerson()
  async create(@Body() form: KeyForm, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.answering(request, response, () =>
      this.keys.create(
        signedIn(request).person.userId,
        {
          name: form.name,
          scopes: form.scopes,
          days: form.days,
          networks: (form.networks ?? '').split(/[\s,]+/).filter(Boolean),
          mayRedistribute: form.redistribute === 'yes',
        },
        byPerson(request),
      ),
    );
  }

  @Get(':id')
  @NeedsPerson()
  async usage(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { person } = signedIn(request);
    const usage = await this.keys.usage(person.userId, id);
    sendPage(response, { title: 'Usage of a key', person, body: usageTable(usage) });
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

  private async answering(request: Request, response: Response, make: () => Promise<NewKey>): Promise<void> {
    try {
      await this.show(request, response, { made: await make() });
    } catch (error) {
      if (!(error instanceof BadRequestError) && !(error instanceof ConflictError)) throw error;
      await this.show(request, response, { problem: error });
    }
  }

  private async show(
    request: Request,
    response: Response,
    { made, problem }: { made?: NewKey; problem?: IsinglassError },
  ): Promise<void> {
    const { person } = signedIn(request);
    const keys = await this.keys.list(person.userId);
    const body = html`${keys.length === 0 ? html`<p>You have no key yet. A program sends one with each request, as <code>Authorization: Bearer …</code></p>` : keyTable(keys)}
    ${newKeyForm(person.role)}`;
    sendPage(response, { title: 'API keys', person, body, problem, notice: made && newKeyNotice(made) });
  }
}

function newKeyNotice({ key, text }: NewKey): Html {
  return html`<strong>This is the key “${key.name}”. It is shown only now:</strong>
    <code class="secret" id="new-key">${text}</code>`;
}

function keyTable(keys: readonly ApiKey[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>Name</th>
          <th>Key</th>
          <th>May</th>
          <th>Used</th>
          <th>Ends</th>
          <th></th>
        </tr>
      </thead>
      <tbody>
        ${keys.map(keyRow)}
      </tbody>
    </table>
  </div>`;
}

function keyRow(key: ApiKey): Html {
  const actions = html`<form method="post" action="/account/keys/${key.id}/rotate">
      <button class="plain">Rotate</button>
    </form>
    <form method="post" action="/account/keys/${key.id}/revoke">
      <button class="danger">Revoke</button>
    </form>`;
  return html`<tr>
    <td>${key.name}</td>
    <td><code>${key.publicId}</code></td>
    <td>
      ${key.scopes.join(', ')}${key.mayRedistribute ? ', and all fields' : ''}${key.networks.length > 0 ? html`<br /><span class="quiet">from ${key.networks.join(', ')}</span>` : null}
    </td>
    <td><a href="/account/keys/${key.id}">${key.requestsToday} today</a><br />${moment(key.lastUsedAt)}</td>
    <td>${key.revokedAt === null ? moment(key.expiresAt) : html`revoked ${moment(key.revokedAt)}`}</td>
    <td>${key.isLive ? actions : null}</td>
  </tr>`;
}

function usageTable(usage: readonly KeyUsage[]): Html {
  if (usage.length === 0)
    return html`<p>It was never used.</p>
      <p><a href="/account/keys">Back to the keys</a></p>`;
  return html`<div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Day (UTC)</th>
            <th>Requests</th>
            <th>Refused: too many</th>
          </tr>
        </thead>
        <tbody>
          ${usage.map(
            ({ day, requests, refused }) =>
              html`<tr>
                <td>${day}</td>
                <td>${requests}</td>
                <td>${refused}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p><a href="/account/keys">Back to the keys</a></p>`;
}

function newKeyForm(role: UserRole): Html {
  const scopes = SCOPES.filter((scope) => ROLE_PERMISSIONS[role].includes(scope));
  return html`<form class="card" method="post" action="/account/keys">
    <h2>New key</h2>
    ${field('Name', { name: 'name', required: true, maxlength: 100, autocomplete: 'off' }, 'The program that will have it.')}
    <fieldset>
      <legend>It may</legend>
      ${scopes.map(
        (scope) =>
          html`<label class="choice"
            ><input
              type="checkbox"
              name="scopes"
              value="${scope}"
              ${scope === 'instruments:read' ? html` checked` : null}
            />
            <span>${PERMISSIONS[scope]} <code>${scope}</code></span></label
          >`,
      )}
      <label class="choice"
        ><input type="checkbox" name="redistribute" value="yes" />
        <span
          >receive fields of publishers who do not allow passing them on: only for use in this house</span
        ></label
      >
    </fieldset>
    ${field('Days', { name: 'days', type: 'number', min: 1, max: 366, value: DEFAULT_DAYS, required: true }, `Then it opens nothing. “Rotate” makes its successor, and both open for ${OVERLAP_DAYS} days.`)}
    ${field('Only from', { name: 'networks', autocomplete: 'off' }, 'Addresses or networks, such as 10.0.0.0/8; empty for anywhere.')}
    <button>Make key</button>
  </form>`;
}
