import base from '../../jest.config.mjs';

/**
 * What is struck on purpose: processes, connections, PostgreSQL, the disk, the clock. `npm run test:chaos:choice` takes a choice of
 * it, always the same for a seed; `npm run test:chaos` takes all. One suite after the other: they measure time.
 */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/chaos'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 180_000,
  maxWorkers: 1,
};
