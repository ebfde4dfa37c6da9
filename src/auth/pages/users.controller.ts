import { Body, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { BadRequestError, ConflictError, type IsinglassError } from '../../common/errors.js';
import { ApiKeys, type ApiKey } from '../api-keys.js';
import { Invitations, type MadeLink } from '../invitations.js';
import { NeedsPerson } from '../needs.decorator.js';
import { USER_ROLES } from '../../domain/user-role.js';
import { SecondFactors } from '../second-factors.js';
import { Users, type User } from '../users.js';
import { InviteForm, NoForm, RoleForm } from './form.dto.js';
import { html, type Html, type Part } from './html.js';
import { PageController } from './page-controller.decorator.js';
import { askedTwice, field, moment, sendPage, table } from './page.js';
import { byPerson, signedIn } from './signed-in.js';

interface Said {
  readonly made?: MadeLink;
  readonly problem?: IsinglassError;
}

/** Who may sign in: invited, given a role, disabled, by an admin. */
@PageController('users')
export class UsersController {
  constructor(
    private readonly users: Users,
    private readonly invitations: Invitations,
    private readonly factors: SecondFactors,
    private readonly keys: ApiKeys,
  ) {}

  @Get()
  @NeedsPerson('users:write')
  async list(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.showList(request, response, {});
  }

  @Post()
  @NeedsPerson('users:write')
  async invite(
    @Body() { email, name, role }: InviteForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await orProblem(
      async () => {
        const made = await this.invitations.invite(email, name, role, byPerson(request));
        await this.showList(request, response, { made });
      },
      (problem) => this.showList(request, response, { problem, typed: { email, name, role } }),
    );
  }

  @Get(':id')
  @NeedsPerson('users:write')
  async user(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.showUser(id, request, response, {});
  }

  @Post(':id/role')
  @NeedsPerson('users:write')
  async setRole(
    @Param('id') id: string,
    @Body() { role }: RoleForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.change(id, request, response, () => this.users.setRole(id, role, byPerson(request)));
  }

  @Post(':id/disable')
  @NeedsPerson('users:write')
  async disable(
    @Param('id') id: string,
    @Body() _form: NoForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.change(id, request, response, () => this.users.disable(id, byPerson(request)));
  }

  @Post(':id/enable')
  @NeedsPerson('users:write')
  async enable(
    @Param('id') id: string,
    @Body() _form: NoForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.change(id, request, response, () => this.users.enable(id, byPerson(request)));
  }

  @Post(':id/password-link')
  @NeedsPerson('users:write')
  async passwordLink(
    @Param('id') id: string,
    @Body() _form: NoForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await orProblem(
      async () => {
        const made = await this.invitations.passwordLink(id, byPerson(request));
        await this.showUser(id, request, response, { made });
      },
      (problem) => this.showUser(id, request, response, { problem }),
    );
  }

  @Post(':id/second-factor/off')
  @NeedsPerson('users:write')
  async turnSecondFactorOff(
    @Param('id') id: string,
    @Body() _form: NoForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { id: known } = await this.users.get(id);
    await this.change(id, request, response, async () => {
      // Whoever finds an admin's browser open has no code.
      if (known === signedIn(request).person.userId) throw ownFactor();
      await this.factors.turnOff(known, byPerson(request));
    });
  }

  @Post(':id/keys/:key/revoke')
  @NeedsPerson('users:write')
  async revokeKey(
    @Param('id') id: string,
    @Param('key') key: string,
    @Body() _form: NoForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { id: known } = await this.users.get(id);
    await this.change(id, request, response, () => this.keys.revoke(known, key, byPerson(request)));
  }

  private async change(
    id: string,
    request: Request,
    response: Response,
    work: () => Promise<unknown>,
  ): Promise<void> {
    await orProblem(
      async () => {
        await work();
        response.redirect(303, `/users/${id}`);
      },
      (problem) => this.showUser(id, request, response, { problem }),
    );
  }

  private async showList(
    request: Request,
    response: Response,
    {
      made,
      problem,
      typed = { email: '', name: '', role: 'viewer' },
    }: Said & { readonly typed?: InviteForm },
  ): Promise<void> {
    const users = await this.users.list();
    const body = html`${table(['E-mail address', 'Name', 'Role', 'State', 'Second factor', 'Last sign-in'], users.map(userRow))}
      <form class="card" method="post" action="/users">
        <h2>Invite somebody</h2>
        ${field('E-mail address', { name: 'email', type: 'email', value: typed.email, required: true, autocomplete: 'off' })}
        ${field('Name', { name: 'name', value: typed.name, autocomplete: 'off' })} ${roleField(typed.role)}
        <button>Invite</button>
      </form>`;
    const { person } = signedIn(request);
    sendPage(response, { title: 'Users', person, body, problem, notice: made && linkNotice(made) });
  }

  private async showUser(
    id: string,
    request: Request,
    response: Response,
    { made, problem }: Said,
  ): Promise<void> {
    const { person } = signedIn(request);
    const user = await this.users.get(id);
    const keys = await this.keys.list(id);
    const isMe = user.id === person.userId;
    const body = html`<p>
        ${user.name === '' ? null : `${user.name}, `}${user.role}, ${user.state}; last sign-in
        ${moment(user.lastSignInAt)}.${isMe ? ' This is you.' : ''}
      </p>
      <form class="card" method="post" action="/users/${id}/role">
        <h2>Role</h2>
        ${roleField(user.role)}
        <button>Change role</button>
      </form>
      <section class="card">
        <h2>Access</h2>
        <div class="row">
          ${user.state === 'disabled' ? action(id, 'enable', 'Enable') : null}
          ${user.state === 'disabled' ? null : action(id, 'password-link', user.state === 'invited' ? 'New invitation link' : 'Link to a new password')}
          ${user.hasSecondFactor && !isMe ? askedTwice(`/users/${id}/second-factor/off`, 'Turn second factor off', 'Then the password alone opens the account, until another is set up.') : null}
          ${user.state === 'disabled' ? null : askedTwice(`/users/${id}/disable`, 'Disable', 'All sessions end, and the user’s keys open nothing while it lasts.')}
        </div>
      </section>
      <section class="card">
        <h2>API keys</h2>
        ${
          keys.length === 0
            ? html`<p>None.</p>`
            : table(
                ['Name', 'Key', 'May', 'Last used', 'Ends', ''],
                keys.map((key) => keyRow(id, key)),
              )
        }
      </section>
      <p><a href="/users">Back to all users</a></p>`;
    sendPage(response, { title: user.email, person, body, problem, notice: made && linkNotice(made) });
  }
}

function ownFactor(): ConflictError {
  return new ConflictError(
    'OWN_SECOND_FACTOR',
    'one’s own second factor is not turned off here',
    'Turn it off with a code of it: /account/second-factor. Another admin turns it off without one.',
  );
}

/** What the one who asks can mend is told on the page they were at. */
async function orProblem(
  work: () => Promise<void>,
  tell: (problem: IsinglassError) => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof BadRequestError) && !(error instanceof ConflictError)) throw error;
    await tell(error);
  }
}

function userRow({ id, email, name, role, state, hasSecondFactor, lastSignInAt }: User): Part[] {
  return [
    html`<a href="/users/${id}">${email}</a>`,
    name,
    role,
    state,
    hasSecondFactor ? 'on' : 'off',
    moment(lastSignInAt),
  ];
}

function keyRow(userId: string, key: ApiKey): Part[] {
  return [
    key.name,
    html`<code>${key.publicId}</code>`,
    `${key.scopes.join(', ')}${key.mayRedistribute ? ', and all fields' : ''}`,
    moment(key.lastUsedAt),
    key.revokedAt === null ? moment(key.expiresAt) : html`revoked ${moment(key.revokedAt)}`,
    key.isLive
      ? askedTwice(`/users/${userId}/keys/${key.id}/revoke`, 'Revoke', 'It opens nothing from that moment.')
      : null,
  ];
}

function action(userId: string, path: string, words: string): Html {
  return html`<form method="post" action="/users/${userId}/${path}">
    <button class="plain">${words}</button>
  </form>`;
}

function roleField(present: string): Html {
  return html`<label for="role"
      >Role<span class="hint" id="role-hint"
        >A viewer reads; a steward also runs lists and decides on editions; an admin also sets limits and lets
        others in.</span
      ></label
    >
    <select id="role" name="role" aria-describedby="role-hint">
      ${USER_ROLES.map((role) => html`<option${role === present ? html` selected` : null}>${role}</option>`)}
    </select>`;
}

function linkNotice({ user, link }: MadeLink): Html {
  if (link === null) return html`A link was mailed to ${user.email}.`;
  const lasts = user.state === 'invited' ? 'seven days' : 'an hour';
  return html`Give this link to ${user.email}; it opens once, within ${lasts}, and is shown only now:
    <code class="secret" id="link">${link}</code>`;
}
