import { totalmem } from 'node:os';
import { statfsSync } from 'node:fs';

import { errorCode } from './process-identity.js';

const MB = 1024 * 1024;

/** What the machine gives to us. */
export interface Machine {
  readonly memoryBytes: number;
  /** Size of /dev/shm; undefined where there is none (macOS). */
  readonly sharedMemoryFolderBytes: number | undefined;
}

/** RAM or the control group's limit, whichever is lower. */
export function measureMachine(): Machine {
  const limit = process.constrainedMemory();
  const memoryBytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return { memoryBytes, sharedMemoryFolderBytes: folderSize('/dev/shm') };
}

/** PostgreSQL's settings for a machine: it shares it with our own process. */
export function postgresSettings(machine: Machine): Record<string, string> {
  const share = (part: number, atLeastMb: number, atMostMb: number) =>
    `${Math.round(Math.min(Math.max(machine.memoryBytes / part / MB, atLeastMb), atMostMb))}MB`;
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    // Several processes and commands share it, each with some twenty.
    max_connections: '120',
    shared_buffers: share(8, 64, 2048),
    effective_cache_size: share(2, 128, 1024 * 1024),
    maintenance_work_mem: share(16, 64, 1024),
    // A query may take this several times over, and several queries run at once.
    work_mem: share(256, 8, 64),
    // Nobody replicates from here. COPY into a table made in the same transaction then skips the write-ahead log.
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_logical_replication_workers: '0',
    wal_compression: 'pglz',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    fsync: 'on',
    full_page_writes: 'on',
    autovacuum: 'on',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_destination: 'stderr',
    logging_collector: 'off',
    // A line now and then from a long recovery is how we know that it gets on.
    log_startup_progress_interval: '5s',
    dynamic_shared_memory_type: sharedMemoryType(machine),
  };
}

/** The settings as arguments of `postgres`. */
export function settingArguments(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * Docker gives /dev/shm 64 MB unless told otherwise, and a parallel hash join asks for more ("could not resize shared
 * memory segment"). System V segments are not held to that size.
 */
function sharedMemoryType(machine: Machine): string {
  if (machine.sharedMemoryFolderBytes === undefined) return process.platform === 'linux' ? 'sysv' : 'posix';
  return machine.sharedMemoryFolderBytes < 1024 * MB ? 'sysv' : 'posix';
}

function folderSize(folder: string): number | undefined {
  try {
    const { blocks, bsize } = statfsSync(folder);
    return blocks * bsize;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOSYS'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
