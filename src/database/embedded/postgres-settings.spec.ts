import { postgresSettings, settingArguments } from './postgres-settings.js';

const GB = 1024 ** 3;
const machine = (memoryGb: number, sharedMemoryFolderGb = memoryGb / 2) => ({
  memoryBytes: memoryGb * GB,
  sharedMemoryFolderBytes: sharedMemoryFolderGb * GB,
});

describe('postgresSettings', () => {
  it.each([
    [
      0.25,
      {
        shared_buffers: '64MB',
        effective_cache_size: '128MB',
        maintenance_work_mem: '64MB',
        work_mem: '8MB',
      },
    ],
    [
      8,
      {
        shared_buffers: '1024MB',
        effective_cache_size: '4096MB',
        maintenance_work_mem: '512MB',
        work_mem: '32MB',
      },
    ],
    [
      256,
      {
        shared_buffers: '2048MB',
        effective_cache_size: '131072MB',
        maintenance_work_mem: '1024MB',
        work_mem: '64MB',
      },
    ],
  ])('takes its share of %s GB', (memoryGb, expected) => {
    expect(postgresSettings(machine(memoryGb))).toMatchObject(expected);
  });

  it('never gives up safety for speed', () => {
    expect(postgresSettings(machine(8))).toMatchObject({
      fsync: 'on',
      full_page_writes: 'on',
      autovacuum: 'on',
    });
  });

  it('does not rely on a /dev/shm as small as that of a container', () => {
    expect(postgresSettings(machine(8, 64 / 1024)).dynamic_shared_memory_type).toBe('sysv');
    expect(postgresSettings(machine(8, 4)).dynamic_shared_memory_type).toBe('posix');
  });
});

describe('settingArguments', () => {
  it('writes one -c for each', () => {
    expect(settingArguments({ jit: 'off', unix_socket_directories: '' })).toEqual([
      '-c',
      'jit=off',
      '-c',
      'unix_socket_directories=',
    ]);
  });
});
