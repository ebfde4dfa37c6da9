import type { ApiKeys } from '../auth/api-keys.js';
import type { By } from '../auth/audit-log.js';
import type { Permission } from '../auth/permissions.js';
import type { Users } from '../auth/users.js';

/** What changes something for the panel: services, which the pages and commands use too. */
export interface PanelServices {
  readonly users: Pick<Users, 'disable' | 'enable'>;
  readonly keys: Pick<ApiKeys, 'revoke'>;
}

/** What a person may do to one record of a list. The service that does it checks, and writes its line in the log of decisions. */
export interface PanelAction {
  /** The list whose records have it. */
  readonly listId: string;
  /** In addresses: one word. */
  readonly name: string;
  readonly label: string;
  /** Read before it is done. */
  readonly consequence: string;
  /** Read when it is done. */
  readonly done: string;
  /** Does it take something from somebody? Then its button is red. */
  readonly takes: boolean;
  readonly permission: Permission;
  /** Is it of use for a record with these values? */
  readonly isOffered: (values: Readonly<Record<string, unknown>>) => boolean;
  /** @throws IsinglassError: nothing was done, and why */
  readonly work: (services: PanelServices, recordId: string, by: By) => Promise<unknown>;
}

export const PANEL_ACTIONS: readonly PanelAction[] = [
  {
    listId: 'user',
    name: 'disable',
    label: 'Disable',
    consequence: 'All their sessions end, and their keys open nothing while it lasts.',
    done: 'Disabled: their sessions have ended, and their keys open nothing.',
    takes: true,
    permission: 'users:write',
    isOffered: ({ state }) => state !== 'disabled',
    work: ({ users }, id, by) => users.disable(id, by),
  },
  {
    listId: 'user',
    name: 'enable',
    label: 'Enable',
    consequence: 'They may sign in again, and their keys open what they opened before.',
    done: 'Enabled: they may do again what they could before.',
    takes: false,
    permission: 'users:write',
    isOffered: ({ state }) => state === 'disabled',
    work: ({ users }, id, by) => users.enable(id, by),
  },
  {
    listId: 'api-key',
    name: 'revoke',
    label: 'Revoke',
    consequence: 'It opens nothing from that moment, and cannot be brought back.',
    done: 'Revoked: it opens nothing any more.',
    takes: true,
    permission: 'users:write',
    isOffered: (values) => values['revoked_at'] === null || values['revoked_at'] === undefined,
    work: ({ keys }, id, by) => keys.revoke(null, id, by),
  },
];
