import type { Response } from 'express';
import type { IsinglassError } from '../../common/errors.js';
import { masked } from '../../common/secrets.js';
import type { Person } from '../principal.js';
import { html, type Html, type Part } from './html.js';

/** As much of an error as somebody reads. */
export type Told = Pick<IsinglassError, 'code' | 'message' | 'nextStep'> & { readonly status?: number };

/** A page: its title, what is on it, and who sees it. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  /** With the way to everything else; nobody's page has none. */
  readonly person?: Person;
  /** One form alone. */
  readonly isNarrow?: boolean;
  /** Something that went well. */
  readonly notice?: Html | string;
  /** Something that went wrong, told beside the form it is about. */
  readonly problem?: Told;
}

/** Pages run no script, load nothing but their style, and stand in no frame. */
export const PAGE_CSP =
  "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** @param status of a page with a problem: the problem's, unless another is given */
export function sendPage(response: Response, page: Page, status = page.problem?.status ?? 200): void {
  response
    .status(status)
    .setHeader('Content-Security-Policy', PAGE_CSP)
    // With the stricter one of other answers browsers send forms without saying that they come from here.
    .setHeader('Referrer-Policy', 'same-origin')
    .setHeader('Cache-Control', 'no-store')
    .type('html')
    .send(markupOf(page, response.req.path).text);
}

function markupOf({ title, body, person, isNarrow, notice, problem }: Page, path: string): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${problem === undefined ? '' : 'Not done: '}${title} · Isinglass</title>
        <link rel="stylesheet" href="/assets/page.css" />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <strong><a href="/">Isinglass</a></strong>
          ${person === undefined ? null : wayOf(person, path)}
        </header>
        <main id="main" ${isNarrow ? html` class="narrow"` : null}>
          <h1>${title}</h1>
          ${problem === undefined ? null : problemOf(problem)}
          ${notice === undefined ? null : html`<div class="notice" role="status">${notice}</div>`} ${body}
        </main>
      </body>
    </html> `;
}

function wayOf(person: Person, path: string): Html {
  const ways = [
    ['/admin', 'Panel'],
    ['/account', 'My account'],
    ['/account/keys', 'My API keys'],
    ...(person.permissions.has('users:write') ? [['/users', 'Users']] : []),
    ['/docs/', 'API docs'],
  ] as const;
  return html`<nav aria-label="Pages" class="row">
      ${ways.map(([way, words]) => html`<a href="${way}" ${way === path ? html` aria-current="page"` : null}>${words}</a>`)}
    </nav>
    <form method="post" action="/sign-out" class="row">
      <span class="quiet">${person.email}</span> <button class="plain">Sign out</button>
    </form>`;
}

/** Rows with as many cells as there are headings; on a telephone each row is a card. */
export function table(headings: readonly string[], rows: readonly (readonly Part[])[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${headings.map((heading) => html`<th scope="col">${heading}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell, at) => html`<td data-heading="${headings[at]}"><div>${cell}</div></td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** What cannot be undone is asked twice, without a script. */
export function askedTwice(action: string, words: string, consequence: string): Html {
  return html`<details>
    <summary>${words}</summary>
    <form method="post" action="${action}">
      <p>${consequence}</p>
      <button class="danger">${words}</button>
    </form>
  </details>`;
}

function problemOf({ code, message, nextStep }: Told): Html {
  const said = masked(message.charAt(0).toUpperCase() + message.slice(1));
  return html`<div class="problem" role="alert">
    <strong>${said}.</strong><br />${nextStep} <span class="quiet">(${code})</span>
  </div>`;
}

/** What did not work, where there is no page to tell it on. */
export function sendFailure(response: Response, problem: Told, person?: Person): void {
  const body = html`<p><a href="/">Back to the beginning</a></p>`;
  sendPage(response, { title: 'This did not work', body, person, problem, isNarrow: true });
}

/** One labelled field. */
export function field(
  label: string,
  attributes: Readonly<Record<string, string | number | true | undefined>>,
  hint?: string,
): Html {
  const { id = attributes['name'] } = attributes;
  const hintId = `${String(id)}-hint`;
  const written = Object.entries({ ...attributes, id }).map(([key, value]) =>
    value === undefined ? null : value === true ? html` ${key}` : html` ${key}="${value}"`,
  );
  return html`<label for="${String(id)}"
      >${label}${hint === undefined ? null : html`<span class="hint" id="${hintId}">${hint}</span>`}</label
    >
    <input ${written}${hint === undefined ? null : html` aria-describedby="${hintId}"`} />`;
}

/** `2026-11-25 08:05 UTC`, for programs too. */
export function moment(date: Date | null): Html {
  if (date === null) return html`<span class="quiet">never</span>`;
  const iso = date.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}
