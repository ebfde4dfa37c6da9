import { stat } from 'node:fs/promises';
import { systemClock, type Clock } from '../common/clock.js';
import { unknownSettings } from '../config/given-settings.js';
import { unsafeNodeFlags } from '../config/node-flags.js';
import { secretFilesOf } from '../config/secret-files.js';
import { SETTINGS, type Config } from '../config/settings.js';
import { rightsOfRole, type RoleRights } from '../database/database-role.js';
import { SOURCES } from '../sources/index.js';
import type { Source } from '../sources/source.js';
import type { CheckResult } from './system-checks.js';

/** What the deploy checks look at. */
export interface Deployment {
  readonly config: Config;
  readonly sources: readonly Pick<Source, 'id' | 'onByDefault' | 'licence'>[];
  readonly clock: Clock;
  readonly nodeVersion: string;
  /** See {@link unsafeNodeFlags}. */
  readonly nodeFlags: readonly string[];
  readonly isRoot: boolean;
  /** See {@link unknownSettings}. */
  readonly unknownSettings: readonly string[];
  readonly secretFiles: readonly { readonly setting: string; readonly path: string }[];
  /** Permissions of a file or directory; null when there is none. */
  readonly modeOf: (path: string) => Promise<number | null>;
  readonly rightsOfRole: (databaseUrl: string) => Promise<RoleRights>;
}

/** One thing to look at before strangers can reach the house. */
export interface DeployCheck {
  readonly id: string;
  /** What is right when nothing is found. */
  readonly promise: string;
  /** @returns what is wrong, or null */
  readonly look: (
    deployment: Deployment,
  ) => Omit<CheckResult, 'id'> | null | Promise<Omit<CheckResult, 'id'> | null>;
}

/** The house as it is about to be started. */
export function deploymentOf(config: Config): Deployment {
  return {
    config,
    sources: SOURCES,
    clock: systemClock,
    nodeVersion: process.versions.node,
    nodeFlags: unsafeNodeFlags(),
    isRoot: process.getuid?.() === 0,
    unknownSettings: unknownSettings(),
    secretFiles: secretFilesOf(Object.values(SETTINGS)),
    modeOf: async (path) => {
      try {
        return (await stat(path)).mode & 0o777;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    rightsOfRole,
  };
}
