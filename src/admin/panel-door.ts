import { randomBytes } from 'node:crypto';
import { extname } from 'node:path';
import {
  Router as ExpressRouter,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import AdminJS, { Router } from 'adminjs';
import { requirePermission, type Doors } from '../auth/doors.js';
import type { Person } from '../auth/principal.js';
import type { Refusals } from '../auth/refusals.js';
import { emailOf } from '../auth/users.js';
import { byOf, fromOf } from '../auth/who.js';
import {
  BadRequestError,
  MethodRefusedError,
  NotAllowedError,
  NotFoundError,
  NotSignedInError,
} from '../common/errors.js';
import { ListedResource } from './listed-resource.js';
import { PANEL_ACTIONS, type PanelAction, type PanelServices } from './panel-actions.js';
import { panelAssets } from './panel-assets.js';
import { fitPage, panelCsp } from './panel-page.js';
import { hasPermission, type PanelVisitor } from './panel.js';

const ASSET_SECONDS = 3_600;
/** Beside filters, all that AdminJS asks with. */
const QUESTIONS = [
  'page',
  'perPage',
  'sortBy',
  'direction',
  'searchProperty',
  'tab',
  'filters',
  'refresh',
  'showFilter',
  'redirectUrl',
];

type PanelController = new (
  panel: { readonly admin: AdminJS },
  visitor: PanelVisitor,
) => Readonly<Record<string, (request: unknown, response: Response) => Promise<unknown>>>;

/**
 * What stands before the panel, in this order: methods, who it is, what may be asked for, and only then AdminJS. Its own router for
 * Express is not used: it parses uploads of anybody, keeps sessions of its own, and takes every column for a filter.
 */
export function panelRouter(
  panel: AdminJS,
  doors: Doors,
  refusals: Refusals,
  services: PanelServices,
): RequestHandler {
  const router = ExpressRouter();
  router.use(knownMethodsOnly);
  for (const [name, path] of panelAssets()) {
    router.get(`/frontend/assets/${name}`, (_request: Request, response: Response) => {
      response.setHeader('Cache-Control', `public, max-age=${ASSET_SECONDS}`);
      response.type(extname(name)).sendFile(path, { cacheControl: false });
    });
  }
  router.use(async (request: Request, response: Response, next: NextFunction) => {
    const person = await doors.personOf(request);
    if (person === null) {
      if (request.path.startsWith('/api/')) throw notSignedIn();
      response.redirect(303, `/sign-in?next=${encodeURIComponent(request.originalUrl)}`);
      return;
    }
    request.principal = person;
    next();
  });
  // Past AdminJS, which would hand its own reading of a body to an action: ours take none, and answer only when it is done.
  router.post(
    '/api/resources/:listId/records/:recordId/:name',
    async (request: Request, response: Response) => {
      const action = actionOf(request);
      if (action === undefined) throw methodRefused(request, response);
      const person = request.principal as Person;
      requirePermission(person, action.permission);
      await action.work(services, String(request.params['recordId']), byOf(person, fromOf(request)));
      response.status(204).end();
    },
  );
  // The address without a slash behind it is the one that AdminJS knows.
  for (const { method, path, Controller, action } of Router.routes) {
    if (method !== 'GET' || path.startsWith('/frontend/')) continue;
    // It writes a warning for each request, and the panel does not ask for it.
    if (action === 'search' || path.includes('/bulk/')) continue;
    router.get(path.replace(/\{(\w+)\}/g, ':$1') || '/', async (request: Request, response: Response) => {
      const visitor = visitorOf(request.principal as Person);
      const resourceId = request.params['resourceId'];
      if (resourceId !== undefined) requireListed(panel, String(resourceId), visitor, request);
      const controller = new (Controller as PanelController)({ admin: panel }, visitor);
      const asked = { params: request.params, query: request.query, payload: {}, method: 'get' };
      const answer = await controller[action]?.(asked, response);
      if (typeof answer !== 'string') {
        response.json(answer ?? {});
        return;
      }
      const nonce = randomBytes(16).toString('base64');
      response.setHeader('Content-Security-Policy', panelCsp(nonce));
      // As our own pages: with the stricter one a form would not say that it comes from here.
      response.setHeader('Referrer-Policy', 'same-origin');
      response.type('html').send(fitPage(answer, nonce));
    });
  }
  router.use(async (error: unknown, request: Request, _response: Response, next: NextFunction) => {
    const [, list = ''] = /\/resources\/([\w-]+)/.exec(request.path) ?? [];
    if (error instanceof NotAllowedError) await refusals.tell(error, request, `/admin/${list}`);
    next(error);
  });
  router.use((request: Request) => {
    throw new NotFoundError(
      'ROUTE_UNKNOWN',
      `there is no page ${request.path.slice(0, 80)} in the panel`,
      'Begin at /admin.',
    );
  });
  return router;
}

/** HEAD is answered by what answers GET, and AdminJS takes whatever is not GET for an order. */
function knownMethodsOnly(request: Request, response: Response, next: NextFunction): void {
  const isKnown = request.method === 'GET' || (request.method === 'POST' && actionOf(request) !== undefined);
  next(isKnown ? undefined : methodRefused(request, response));
}

function actionOf({ path }: Request): PanelAction | undefined {
  const [, listId = '', name = ''] = /^\/api\/resources\/([\w-]+)\/records\/[^/]+\/(\w+)$/.exec(path) ?? [];
  return PANEL_ACTIONS.find((action) => action.listId === listId && action.name === name);
}

function methodRefused(request: Request, response: Response): MethodRefusedError {
  response.setHeader('Allow', actionOf(request) === undefined ? 'GET' : 'GET, POST');
  return new MethodRefusedError(
    'METHOD_REFUSED',
    `${request.method} is not answered here`,
    'What the panel changes is changed by the actions of a record.',
  );
}

function notSignedIn(): NotSignedInError {
  return new NotSignedInError('SIGN_IN_NEEDED', 'nobody is signed in here', 'Sign in: /sign-in');
}

/** AdminJS prints it into the page: three values, whose form is known. */
function visitorOf({ userId, email, role }: Person): PanelVisitor {
  return { id: userId, role, email: emailOf(email) };
}

/** What may be asked of a list, and what of a record of it. */
function namesOf(listId: string, ofRecord: boolean): readonly string[] {
  if (!ofRecord) return ['list', 'search'];
  return ['show', ...PANEL_ACTIONS.filter((action) => action.listId === listId).map(({ name }) => name)];
}

/** @throws NotFoundError, NotAllowedError, BadRequestError before AdminJS sees what was asked */
function requireListed(panel: AdminJS, id: string, visitor: PanelVisitor, { query, params }: Request): void {
  const resource = panel.resources.find((each) => each.id() === id);
  if (!(resource instanceof ListedResource)) {
    throw new NotFoundError('LIST_UNKNOWN', `there is no list "${id.slice(0, 40)}"`, 'Begin at /admin.');
  }
  const { listed } = resource;
  const { action, recordId } = params;
  const names = namesOf(id, recordId !== undefined);
  if (action !== undefined && !names.includes(String(action))) {
    throw new NotFoundError(
      'ACTION_UNKNOWN',
      `there is no "${String(action).slice(0, 40)}" in ${listed.title}`,
      `There is ${names.join(', ')}.`,
    );
  }
  if (!hasPermission({ ...visitor }, listed.permission)) {
    throw new NotAllowedError(
      'PERMISSION_MISSING',
      `your role does not have the permission ${listed.permission}`,
      'Ask an admin.',
    );
  }
  for (const [name, value] of Object.entries(query)) {
    const [, filter] = /^filters\.(\w+)$/.exec(name) ?? [];
    const isFilter = listed.columns.some((column) => column.filter !== undefined && column.name === filter);
    const isSort = name !== 'sortBy' || listed.columns[0]?.name === value || value === '$id';
    if (typeof value !== 'string' || !(isFilter || QUESTIONS.includes(name)) || !isSort) {
      throw new BadRequestError(
        'FILTER_UNKNOWN',
        `${listed.title} cannot be asked for by "${name.slice(0, 40)}"`,
        `They can be filtered by ${listed.columns.flatMap((column) => (column.filter ? [column.name] : [])).join(', ')}.`,
      );
    }
    if ((name === 'page' || name === 'perPage') && !/^[1-9]\d{0,4}$/.test(value)) {
      throw new BadRequestError(
        'FILTER_INVALID',
        `${name} must be a number from 1`,
        'Begin at the first page.',
      );
    }
  }
}
