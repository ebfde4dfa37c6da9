import type { Permission } from '../../src/auth/permissions.js';

/** Who may open a route: a row for each, reviewed by people. */
export interface DoorRow {
  readonly route: string;
  /** `nobody` needs nothing; `person` anybody who signed in; a permission: of a key for the API, of a person for a page. */
  readonly opensTo: 'anybody' | 'person' | Permission;
  readonly door: 'api' | 'page';
  /** What it answers to who may: an id stands for nothing that there is. */
  readonly answers: readonly number[];
  /** Opened to all by PUBLIC_READ. */
  readonly isPublic?: boolean;
  /** Of what somebody has: what it answers to who may about their own, and about somebody else's. Missing is 404. */
  readonly whose?: { readonly own: number; readonly foreign: number };
}

/** One's own alone: what is somebody else's looks as if it were not there. */
const theirs = (row: DoorRow, own: number): DoorRow => ({ ...row, whose: { own, foreign: 404 } });
/** Whoever manages people: anybody's. */
const anybodys = (row: DoorRow, answer: number, own = answer): DoorRow => ({
  ...row,
  whose: { own, foreign: answer },
});

const api = (route: string, opensTo: DoorRow['opensTo'], ...answers: number[]): DoorRow => ({
  route,
  opensTo,
  door: 'api',
  answers,
});
const read = (route: string, ...answers: number[]): DoorRow => ({
  route,
  opensTo: 'instruments:read',
  door: 'api',
  answers,
  isPublic: true,
});
const page = (route: string, opensTo: DoorRow['opensTo'], ...answers: number[]): DoorRow => ({
  route,
  opensTo,
  door: 'page',
  answers,
});

/** Every route of the house. A new one is missing here, and fails the test. */
export const DOOR_TABLE: readonly DoorRow[] = [
  read('GET /v1/instruments', 200),
  read('GET /v1/instruments/:isin', 400),
  read('POST /v1/isins/validate', 400),
  api('GET /v1/sources', 'operations:read', 200),
  api('GET /v1/sources/:id/schedule', 'operations:read', 404),
  api('GET /v1/runs', 'operations:read', 200),
  api('GET /v1/runs/:id', 'operations:read', 400),
  api('GET /v1/runs/:id/drift', 'operations:read', 400),
  api('GET /v1/runs/:id/events', 'operations:read', 400),
  api('GET /v1/runs/:id/events/stream', 'operations:read', 400),
  api('GET /v1/pauses', 'operations:read', 200),
  api('GET /v1/limits', 'operations:read', 200),
  api('POST /v1/sources/:id/pause', 'operations:write', 404),
  api('POST /v1/sources/:id/resume', 'operations:write', 404),
  api('POST /v1/sources/:id/runs', 'operations:write', 404),
  api('POST /v1/sources/:id/backfills', 'operations:write', 400),
  api('POST /v1/runs/:id/cancel', 'operations:write', 400),
  api('POST /v1/runs/:id/retry', 'operations:write', 400),
  api('POST /v1/runs/:id/approve', 'editions:decide', 400),
  api('POST /v1/runs/:id/reject', 'editions:decide', 400),
  api('PUT /v1/limits/overall', 'limits:write', 400),
  api('DELETE /v1/limits/overall', 'limits:write', 200),
  api('PUT /v1/limits/sources/:id', 'limits:write', 400),
  api('DELETE /v1/limits/sources/:id', 'limits:write', 404),
  api('PUT /v1/limits/hosts/:host', 'limits:write', 400),
  api('DELETE /v1/limits/hosts/:host', 'limits:write', 404),
  api('GET /v1/log', 'log:read', 200),
  api('GET /health/live', 'anybody', 200),
  api('GET /health/ready', 'anybody', 200),
  page('GET /', 'anybody', 303),
  page('GET /assets/page.css', 'anybody', 200),
  page('GET /set-up', 'anybody', 303),
  page('POST /set-up', 'anybody', 400),
  page('GET /sign-in', 'anybody', 200, 303),
  page('POST /sign-in', 'anybody', 400),
  page('GET /sign-in/second-factor', 'anybody', 303, 200),
  page('POST /sign-in/second-factor', 'anybody', 400),
  page('GET /sign-in/provider', 'anybody', 401),
  page('GET /sign-in/provider/callback', 'anybody', 401),
  page('POST /sign-out', 'anybody', 303),
  page('GET /invitation', 'anybody', 400),
  page('POST /invitation', 'anybody', 400),
  page('GET /password-reset', 'anybody', 200),
  page('POST /password-reset', 'anybody', 400),
  page('POST /password-reset/link', 'anybody', 400),
  page('GET /account', 'person', 200),
  page('POST /account/password', 'person', 400),
  theirs(page('POST /account/sessions/:id/end', 'person', 404), 303),
  page('GET /account/second-factor', 'person', 200),
  page('POST /account/second-factor', 'person', 303),
  page('POST /account/second-factor/confirm', 'person', 400),
  page('POST /account/second-factor/recovery-codes', 'person', 400),
  page('POST /account/second-factor/off', 'person', 400),
  page('GET /account/keys', 'person', 200),
  page('POST /account/keys', 'person', 400),
  theirs(page('GET /account/keys/:id', 'person', 404), 200),
  theirs(page('POST /account/keys/:id/rotate', 'person', 404), 200),
  theirs(page('POST /account/keys/:id/revoke', 'person', 404), 303),
  page('GET /users', 'users:write', 200),
  page('POST /users', 'users:write', 400),
  anybodys(page('GET /users/:id', 'users:write', 404), 200),
  anybodys(page('POST /users/:id/role', 'users:write', 400), 303),
  anybodys(page('POST /users/:id/disable', 'users:write', 404), 303),
  anybodys(page('POST /users/:id/enable', 'users:write', 404), 303),
  anybodys(page('POST /users/:id/password-link', 'users:write', 404), 200),
  anybodys(page('POST /users/:id/second-factor/off', 'users:write', 404), 303, 409),
  anybodys(page('POST /users/:id/keys/:key/revoke', 'users:write', 404), 303),
];
