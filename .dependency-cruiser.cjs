/**
 * The import table of the README, checked by a machine. `test/architecture` plants a violation of every rule and
 * sees it fail.
 */
const only = (from, allowed, comment) => ({
  name: `${from}-imports-only`,
  comment,
  severity: 'error',
  from: { path: `^src/${from}/`, pathNot: '\\.spec\\.ts$' },
  to: { path: '^src/', pathNot: [from, ...allowed].map((room) => `^src/${room}/`) },
});
const FRAMEWORK = '(@nestjs|typeorm|pg|pg-copy-streams|nest-commander|express|adminjs|undici)';

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'domain-imports-nothing',
      comment: 'The words as code are pure: no package, no built-in, no other room.',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^src/domain/' },
    },
    only('common', ['domain'], 'A few small files used by two rooms or more.'),
    only('config', ['common', 'domain'], 'The only reader of the environment.'),
    only('database', ['config', 'common', 'domain'], 'Knows connections, not what is stored.'),
    only('sources', ['domain', 'common'], 'Pure: no Nest, no database, no house.'),
    only('instruments', ['database', 'config', 'common', 'domain'], 'The store.'),
    only('auth', ['database', 'config', 'common', 'domain'], 'Stands at both doors.'),
    only(
      'ingestion',
      ['sources', 'instruments', 'auth', 'database', 'config', 'common', 'domain'],
      'Brings editions in.',
    ),
    only(
      'operations',
      ['ingestion', 'sources', 'instruments', 'auth', 'database', 'config', 'common', 'domain'],
      'Watches.',
    ),
    only(
      'api',
      ['ingestion', 'operations', 'sources', 'instruments', 'auth', 'database', 'config', 'common', 'domain'],
      'The door of programs.',
    ),
    only(
      'admin',
      ['ingestion', 'operations', 'sources', 'instruments', 'auth', 'database', 'config', 'common', 'domain'],
      'The door of people.',
    ),
    only('demo', ['common', 'domain'], 'A publisher, not a part of the house.'),
    {
      name: 'sources-know-no-framework',
      severity: 'error',
      from: { path: '^src/(sources|domain)/', pathNot: '\\.spec\\.ts$' },
      to: { path: `node_modules/${FRAMEWORK}/` },
    },
    {
      name: 'sources-do-not-know-each-other',
      severity: 'error',
      from: { path: '^src/sources/([a-z]{2}-[^/]+)/' },
      to: { path: '^src/sources/[a-z]{2}-[^/]+/', pathNot: '^src/sources/$1/' },
    },
    {
      name: 'migrations-import-nothing',
      comment: 'A migration must still run when the code it was written beside is gone.',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: '^(src|test)/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/|\\.spec\\.ts$' },
    },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Components of the panel run in a browser, where AdminJS gives them what they import.
    exclude: { path: '^dist/|\\.jsx$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
