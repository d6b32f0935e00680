import { z } from 'zod';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { PUBLIC_GITHUB_URL } from '../../domain/connections/github-host.ts';
import { QUERY_LIMITS } from '../../domain/core/query-limits.ts';
import { about, defineSetting, SETTING_TEXTS, type SettingText } from './define-setting.ts';
import { METRICS_SETTINGS } from './metrics-settings.ts';
import * as kind from './setting-kinds.ts';

const QUEUES = Object.values(TASK_QUEUES);

const LOG_FORMATS = ['json', 'text'] as const;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** Every setting, by its place in `Config`, in the order in which they are listed. A new one needs only its entry here. */
export const SETTING_GROUPS = {
  database: z
    .object({
      url: defineSetting('DATABASE_URL', kind.postgresUrl.optional(), {
        description: 'PostgreSQL for the gateway and the workers (application role).',
        whenUnset: 'an embedded PostgreSQL 18 is started',
        example: 'postgresql://application:password@db.example.com:5432/throughline',
        secret: true,
      }),
      directUrl: defineSetting('DATABASE_DIRECT_URL', kind.postgresUrl.optional(), {
        description:
          'The same database past any pooler, as the role that owns the tables; commands that migrate need it when DATABASE_URL is set.',
        whenUnset: 'the embedded PostgreSQL sets its own',
        example: 'postgresql://maintenance:password@db.example.com:5432/throughline',
        secret: true,
      }),
      replicaUrl: defineSetting('DATABASE_REPLICA_URL', kind.postgresUrl.optional(), {
        description:
          'A streaming replica of DATABASE_URL (application role), from which the gateway answers queries.',
        whenUnset: 'DATABASE_URL answers everything',
        example: 'postgresql://application:password@replica.example.com:5432/throughline',
        secret: true,
      }),
      replicaMaxLagSeconds: defineSetting(
        'DATABASE_REPLICA_MAX_LAG_SECONDS',
        kind.integer(1, 3600).prefault('5'),
        {
          description:
            'A replica that is further behind is not read until it has caught up (1 to 3600).',
        },
      ),
      poolSize: defineSetting('DATABASE_POOL_SIZE', kind.integer(3, 200).prefault('10'), {
        description: 'Connections that one process keeps open at most (3 to 200).',
      }),
    })
    .refine(({ url, replicaUrl }) => replicaUrl === undefined || url !== undefined, {
      ...about('replicaUrl', 'url'),
      error: 'needs DATABASE_URL: the embedded database has no replica',
    })
    .refine(({ url, directUrl }) => directUrl === undefined || url !== undefined, {
      ...about('directUrl', 'url'),
      error: 'needs DATABASE_URL: alone it would be passed over, and an embedded database used',
    })
    .meta({ title: 'PostgreSQL' }),
  temporal: z
    .object({
      address: defineSetting('TEMPORAL_ADDRESS', kind.address.optional(), {
        description: 'Host and port of the Temporal frontend.',
        whenUnset: "Temporal's dev server is started",
        example: 'temporal.example.com:7233',
      }),
      namespace: defineSetting('TEMPORAL_NAMESPACE', z.string().prefault('default'), {
        description: 'Temporal namespace.',
      }),
      tls: defineSetting('TEMPORAL_TLS', kind.flag.prefault('false'), {
        description: 'Whether the connection to Temporal is encrypted (true or false).',
      }),
      apiKey: defineSetting('TEMPORAL_API_KEY', kind.token.optional(), {
        description: 'API key, for Temporal Cloud; needs TEMPORAL_TLS=true.',
        whenUnset: 'no key is sent',
        secret: true,
      }),
      uiUrl: defineSetting('TEMPORAL_UI_URL', kind.httpUrl.optional(), {
        description: 'Root of the Temporal Web UI, for links to workflows.',
        whenUnset: 'the dev server sets its own; with TEMPORAL_ADDRESS there are no links',
        example: 'https://temporal-ui.example.com',
      }),
      cliPath: defineSetting('TEMPORAL_CLI_PATH', z.string().optional(), {
        description: 'Path of the `temporal` executable that the embedded dev server runs.',
        whenUnset: 'searched on PATH and in the cache, else downloaded or built',
        example: '/usr/local/bin/temporal',
      }),
    })
    .refine(({ apiKey, tls }) => apiKey === undefined || tls, {
      ...about('apiKey', 'tls'),
      error: 'needs TEMPORAL_TLS=true: a key must not travel in the clear',
    })
    .meta({ title: 'Temporal' }),
  github: z
    .object({
      apiUrl: defineSetting('GITHUB_API_URL', kind.httpUrl.prefault(PUBLIC_GITHUB_URL), {
        description: 'REST root of GitHub; GraphQL is expected below it at /graphql.',
      }),
      token: defineSetting('GITHUB_TOKEN', kind.token.optional(), {
        description: 'Token with which repositories are read.',
        whenUnset: '`npm start` runs the built-in demo organisation',
        secret: true,
      }),
      reserve: defineSetting(
        'GITHUB_RESERVE_PERCENT',
        kind
          .integer(0, 90)
          .transform((percent) => percent / 100)
          .prefault('20'),
        {
          description:
            "Share of GitHub's hourly limit that syncs leave to interactive use, in percent (0 to 90).",
        },
      ),
      allowedHosts: defineSetting(
        'GITHUB_ALLOWED_HOSTS',
        kind.allowedHosts.default({ names: new Set(), ranges: [] }),
        {
          description:
            'Hosts of GitHub Enterprise that lie in a private network or answer over http: names, addresses and ranges, separated by commas. Public hosts over https need no entry.',
          whenUnset: 'only public hosts over https, and the host of GITHUB_API_URL',
          example: 'github.example.com,10.20.0.0/16',
        },
      ),
    })
    .meta({ title: 'GitHub' }),
  server: z
    .object({
      host: defineSetting('HOST', kind.host.prefault('127.0.0.1'), {
        description: 'Address on which the GraphQL gateway listens.',
      }),
      port: defineSetting('PORT', kind.port.prefault('4000'), {
        description: 'Port of the GraphQL gateway (0 to 65535); 0 takes any free one.',
      }),
      publicUrl: defineSetting('PUBLIC_URL', kind.httpUrl.optional(), {
        description:
          'Address under which GitHub reaches the gateway, for the addresses of webhooks.',
        whenUnset: 'addresses of webhooks are shown as paths',
        example: 'https://throughline.example.com',
      }),
      allowedOrigins: defineSetting('CORS_ALLOWED_ORIGINS', kind.origins.default(new Set()), {
        description:
          'Origins of other sites whose pages may ask the gateway from a browser, separated by commas.',
        whenUnset: 'only pages of the gateway itself may',
        example: 'https://app.example.com,http://localhost:5173',
      }),
      pointsPerQuery: defineSetting(
        'GRAPHQL_POINTS_PER_QUERY',
        kind.integer(1_000, 1_000_000).prefault(String(QUERY_LIMITS.pointsPerQuery)),
        {
          description:
            'Points that one GraphQL query may cost, about one for an object that it may answer (1000 to 1000000).',
        },
      ),
      pointsPerMinute: defineSetting(
        'GRAPHQL_POINTS_PER_MINUTE',
        kind.integer(1_000, 999_999_999).prefault(String(QUERY_LIMITS.pointsPerMinute)),
        {
          description:
            'Points that one access token may spend on one gateway in a minute (1000 to 999999999); a query may not cost more either.',
        },
      ),
    })
    .meta({ title: 'Gateway' }),
  worker: z
    .object({
      queues: defineSetting('WORKER_QUEUES', kind.choicesOf(QUEUES).prefault(QUEUES.join(',')), {
        description: 'Task queues that this worker process serves, separated by commas.',
      }),
      syncConcurrency: defineSetting('SYNC_CONCURRENCY', kind.integer(1, 1000).prefault('50'), {
        description: 'GitHub activities that one worker runs at the same time (1 to 1000).',
      }),
      computeConcurrency: defineSetting('COMPUTE_CONCURRENCY', kind.integer(1, 256).optional(), {
        description: 'Rollup activities that one worker runs at the same time (1 to 256).',
        whenUnset: 'as many as the machine has cores',
        example: '4',
      }),
      llmConcurrency: defineSetting('LLM_CONCURRENCY', kind.integer(1, 100).prefault('2'), {
        description: 'Language model activities that one worker runs at the same time (1 to 100).',
      }),
      heartbeatSeconds: defineSetting(
        'SYNC_HEARTBEAT_SECONDS',
        kind.integer(1, 600).prefault('30'),
        {
          description:
            "Seconds after which a dead worker's page is taken up by another (1 to 600).",
        },
      ),
      parallelRepositories: defineSetting(
        'SYNC_PARALLEL_REPOSITORIES',
        kind.integer(1, 50).prefault('3'),
        {
          description: 'Repositories of one team that are fetched at the same time (1 to 50).',
        },
      ),
      workflowBundle: defineSetting('WORKFLOW_BUNDLE', z.string().optional(), {
        description: 'Path of a prebuilt workflow bundle.',
        whenUnset: 'the workflows are bundled when the worker starts',
        example: 'dist/workflow-bundle.js',
      }),
    })
    .meta({ title: 'Workers' }),
  metrics: METRICS_SETTINGS,
  client: z
    .object({
      url: defineSetting('GATEWAY_URL', kind.httpUrl.optional(), {
        description:
          'Gateway that commands such as `throughline backfill` ask: its address up to /graphql.',
        whenUnset: 'the one that was started over the same data directory',
        example: 'https://throughline.example.com/graphql',
      }),
      token: defineSetting('GATEWAY_TOKEN', kind.token.optional(), {
        description: 'Access token for GATEWAY_URL.',
        whenUnset: 'the token of that start',
        example: 'access-token-of-an-admin',
        secret: true,
      }),
    })
    .refine(({ url, token }) => (url === undefined) === (token === undefined), {
      ...about('url', 'token'),
      error: 'and GATEWAY_TOKEN are set together: an address and who asks there',
    })
    .meta({ title: 'Command line' }),
  general: z
    .object({
      encryptionKey: defineSetting('THROUGHLINE_ENCRYPTION_KEY', kind.key.optional(), {
        description: 'Key that encrypts stored GitHub secrets: 32 bytes as base64.',
        whenUnset: 'a start with embedded parts makes one and keeps it in its data directory',
        secret: true,
      }),
      retiredEncryptionKeys: defineSetting(
        'THROUGHLINE_ENCRYPTION_KEYS_RETIRED',
        kind.keys.default([]),
        {
          description:
            'Keys that were THROUGHLINE_ENCRYPTION_KEY before, separated by commas: they open what they have sealed until `throughline secrets rotate` has sealed it anew.',
          whenUnset: 'only THROUGHLINE_ENCRYPTION_KEY opens secrets',
          secret: true,
        },
      ),
      dataDirectory: defineSetting(
        'THROUGHLINE_DATA_DIRECTORY',
        z.string().prefault('.throughline'),
        {
          description: 'Where embedded parts keep their data, relative to the working directory.',
        },
      ),
      logLevel: defineSetting('LOG_LEVEL', kind.choice(LOG_LEVELS).prefault('info'), {
        description: 'debug, info, warn, error or silent.',
      }),
      logFormat: defineSetting('LOG_FORMAT', kind.choice(LOG_FORMATS).optional(), {
        description: '`json` logs one object a line, `text` sentences.',
        whenUnset: 'sentences in a terminal outside production, else JSON',
        example: 'json',
      }),
      logRequests: defineSetting('LOG_REQUESTS', kind.flag.prefault('false'), {
        description:
          'Whether the gateway logs each request to /graphql with its operation, time, cost, statements and code (true or false).',
      }),
      production: defineSetting(
        'NODE_ENV',
        z
          .string()
          .transform((mode) => mode === 'production')
          .prefault('development'),
        {
          description: '`production` switches GraphiQL off, and logs are JSON.',
        },
      ),
    })
    .meta({ title: 'Throughline' }),
};

/** One setting that the environment or `.env` can hold. */
export interface Setting extends SettingText {
  /** Heading under which the setting is listed. */
  readonly group: string;
  /** The keys of `SETTING_GROUPS` that lead to it. */
  readonly path: readonly [group: string, key: string];
}

/** Every setting, in the order in which they are listed. `parseConfig` knows exactly these names. */
export const SETTINGS: readonly Setting[] = Object.entries(SETTING_GROUPS).flatMap(
  ([groupKey, group]) =>
    Object.entries<z.ZodType>(group.shape).flatMap(([key, schema]) => {
      const text = SETTING_TEXTS.get(schema);
      return text === undefined
        ? []
        : { ...text, group: group.meta()?.title ?? '', path: [groupKey, key] as const };
    }),
);
