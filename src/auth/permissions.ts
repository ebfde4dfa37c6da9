import type { UserRole } from '../domain/user-role.js';

/** What a door may ask for, and what it lets one do. A person has the permissions of a role, an API key those of its scopes. */
export const PERMISSIONS = {
  'instruments:read': 'read instruments, and check ISINs',
  'operations:read': 'see sources, runs and their logs, pauses and limits',
  'operations:write': 'run, cancel, retry, pause, resume and backfill',
  'editions:decide': 'approve or reject a held edition, and accept a gap',
  'limits:write': 'set how many steps may be at work',
  'log:read': 'read who did what',
  'users:write': 'invite, change and disable users, and revoke keys of others',
} as const;

export type Permission = keyof typeof PERMISSIONS;

const VIEWER: readonly Permission[] = ['instruments:read', 'operations:read'];
const STEWARD: readonly Permission[] = [...VIEWER, 'operations:write', 'editions:decide', 'log:read'];

/** What each role may do; each may what the one before it may. */
export const ROLE_PERMISSIONS: Readonly<Record<UserRole, readonly Permission[]>> = {
  viewer: VIEWER,
  steward: STEWARD,
  admin: [...STEWARD, 'limits:write', 'users:write'],
};

/** What an API key may be given: all but people, who are managed by people. */
export const SCOPES = (Object.keys(PERMISSIONS) as Permission[]).filter((name) => name !== 'users:write');
