/** One setting that the environment or `.env` can hold. */
export interface Setting {
  readonly name: string;
  /** Heading under which the setting is listed. */
  readonly group: string;
  readonly description: string;
  /** The value that holds when the setting is unset; null when there is none, and then `whenUnset` says what happens. */
  readonly default: string | null;
  readonly whenUnset?: string;
  readonly example?: string;
  /** True for values that must never be printed. */
  readonly secret?: true;
}

/** Every setting, in the order in which they are listed. `parseConfig` knows exactly these names. */
export const SETTINGS = [
  {
    group: 'PostgreSQL',
    name: 'DATABASE_URL',
    description: 'PostgreSQL for the gateway and the workers (application role).',
    default: null,
    whenUnset: 'an embedded PostgreSQL 18 is started',
    example: 'postgresql://application:password@db.example.com:5432/throughline',
    secret: true,
  },
  {
    group: 'PostgreSQL',
    name: 'DATABASE_DIRECT_URL',
    description:
      'The same database past any pooler, as the role that owns the tables; commands that migrate need it when DATABASE_URL is set.',
    default: null,
    whenUnset: 'the embedded PostgreSQL sets its own',
    example: 'postgresql://maintenance:password@db.example.com:5432/throughline',
    secret: true,
  },
  {
    group: 'PostgreSQL',
    name: 'DATABASE_REPLICA_URL',
    description:
      'A streaming replica of DATABASE_URL (application role), from which the gateway answers queries.',
    default: null,
    whenUnset: 'DATABASE_URL answers everything',
    example: 'postgresql://application:password@replica.example.com:5432/throughline',
    secret: true,
  },
  {
    group: 'PostgreSQL',
    name: 'DATABASE_REPLICA_MAX_LAG_SECONDS',
    description: 'A replica that is further behind is not read until it has caught up (1 to 3600).',
    default: '5',
  },
  {
    group: 'PostgreSQL',
    name: 'DATABASE_POOL_SIZE',
    description: 'Connections that one process keeps open at most (3 to 200).',
    default: '10',
  },
  {
    group: 'Temporal',
    name: 'TEMPORAL_ADDRESS',
    description: 'Host and port of the Temporal frontend.',
    default: null,
    whenUnset: "Temporal's dev server is started",
    example: 'temporal.example.com:7233',
  },
  {
    group: 'Temporal',
    name: 'TEMPORAL_NAMESPACE',
    description: 'Temporal namespace.',
    default: 'default',
  },
  {
    group: 'Temporal',
    name: 'TEMPORAL_TLS',
    description: 'Whether the connection to Temporal is encrypted (true or false).',
    default: 'false',
  },
  {
    group: 'Temporal',
    name: 'TEMPORAL_API_KEY',
    description: 'API key, for Temporal Cloud; needs TEMPORAL_TLS=true.',
    default: null,
    whenUnset: 'no key is sent',
    secret: true,
  },
  {
    group: 'Temporal',
    name: 'TEMPORAL_UI_URL',
    description: 'Root of the Temporal Web UI, for links to workflows.',
    default: null,
    whenUnset: 'the dev server sets its own; with TEMPORAL_ADDRESS there are no links',
    example: 'https://temporal-ui.example.com',
  },
  {
    group: 'Temporal',
    name: 'TEMPORAL_CLI_PATH',
    description: 'Path of the `temporal` executable that the embedded dev server runs.',
    default: null,
    whenUnset: 'searched on PATH and in the cache, else downloaded or built',
    example: '/usr/local/bin/temporal',
  },
  {
    group: 'GitHub',
    name: 'GITHUB_API_URL',
    description: 'REST root of GitHub; GraphQL is expected below it at /graphql.',
    default: 'https://api.github.com',
  },
  {
    group: 'GitHub',
    name: 'GITHUB_TOKEN',
    description: 'Token with which repositories are read.',
    default: null,
    whenUnset: '`npm start` runs the built-in demo organisation',
    secret: true,
  },
  {
    group: 'GitHub',
    name: 'GITHUB_RESERVE_PERCENT',
    description:
      "Share of GitHub's hourly limit that syncs leave to interactive use, in percent (0 to 90).",
    default: '20',
  },
  {
    group: 'GitHub',
    name: 'GITHUB_ALLOWED_HOSTS',
    description:
      'Hosts of GitHub Enterprise that lie in a private network or answer over http: names, addresses and ranges, separated by commas. Public hosts over https need no entry.',
    default: null,
    whenUnset: 'only public hosts over https, and the host of GITHUB_API_URL',
    example: 'github.example.com,10.20.0.0/16',
  },
  {
    group: 'Gateway',
    name: 'HOST',
    description: 'Address on which the GraphQL gateway listens.',
    default: '127.0.0.1',
  },
  {
    group: 'Gateway',
    name: 'PORT',
    description: 'Port of the GraphQL gateway (0 to 65535); 0 takes any free one.',
    default: '4000',
  },
  {
    group: 'Gateway',
    name: 'PUBLIC_URL',
    description: 'Address under which GitHub reaches the gateway, for the addresses of webhooks.',
    default: null,
    whenUnset: 'addresses of webhooks are shown as paths',
    example: 'https://throughline.example.com',
  },
  {
    group: 'Workers',
    name: 'WORKER_QUEUES',
    description: 'Task queues that this worker process serves, separated by commas.',
    default: 'sync,llm,compute',
  },
  {
    group: 'Workers',
    name: 'SYNC_CONCURRENCY',
    description: 'GitHub activities that one worker runs at the same time (1 to 1000).',
    default: '50',
  },
  {
    group: 'Workers',
    name: 'COMPUTE_CONCURRENCY',
    description: 'Rollup activities that one worker runs at the same time (1 to 256).',
    default: null,
    whenUnset: 'as many as the machine has cores',
    example: '4',
  },
  {
    group: 'Workers',
    name: 'LLM_CONCURRENCY',
    description: 'Language model activities that one worker runs at the same time (1 to 100).',
    default: '2',
  },
  {
    group: 'Workers',
    name: 'SYNC_HEARTBEAT_SECONDS',
    description: "Seconds after which a dead worker's page is taken up by another (1 to 600).",
    default: '30',
  },
  {
    group: 'Workers',
    name: 'SYNC_PARALLEL_REPOSITORIES',
    description: 'Repositories of one team that are fetched at the same time (1 to 50).',
    default: '3',
  },
  {
    group: 'Workers',
    name: 'WORKFLOW_BUNDLE',
    description: 'Path of a prebuilt workflow bundle.',
    default: null,
    whenUnset: 'the workflows are bundled when the worker starts',
    example: 'dist/workflow-bundle.js',
  },
  {
    group: 'Command line',
    name: 'GATEWAY_URL',
    description:
      'Gateway that commands such as `throughline backfill` ask: its address up to /graphql.',
    default: null,
    whenUnset: 'the one that was started over the same data directory',
    example: 'https://throughline.example.com/graphql',
  },
  {
    group: 'Command line',
    name: 'GATEWAY_TOKEN',
    description: 'Access token for GATEWAY_URL.',
    default: null,
    whenUnset: 'the token of that start',
    example: 'access-token-of-an-admin',
    secret: true,
  },
  {
    group: 'Throughline',
    name: 'THROUGHLINE_ENCRYPTION_KEY',
    description: 'Key that encrypts stored GitHub secrets: 32 bytes as base64.',
    default: null,
    whenUnset: 'a start with embedded parts makes one and keeps it in its data directory',
    secret: true,
  },
  {
    group: 'Throughline',
    name: 'THROUGHLINE_ENCRYPTION_KEYS_RETIRED',
    description:
      'Keys that were THROUGHLINE_ENCRYPTION_KEY before, separated by commas: they open what they have sealed until `throughline secrets rotate` has sealed it anew.',
    default: null,
    whenUnset: 'only THROUGHLINE_ENCRYPTION_KEY opens secrets',
    secret: true,
  },
  {
    group: 'Throughline',
    name: 'THROUGHLINE_DATA_DIRECTORY',
    description: 'Where embedded parts keep their data, relative to the working directory.',
    default: '.throughline',
  },
  {
    group: 'Throughline',
    name: 'LOG_LEVEL',
    description: 'debug, info, warn, error or silent.',
    default: 'info',
  },
  {
    group: 'Throughline',
    name: 'NODE_ENV',
    description: '`production` switches GraphiQL off.',
    default: 'development',
  },
] as const satisfies readonly Setting[];

/** The name of a setting. */
export type SettingName = (typeof SETTINGS)[number]['name'];
