import { TASK_QUEUES, type TaskQueue } from '../../contracts/task-queues.ts';
import {
  allowHostOf,
  parseAllowedHosts,
  type AllowedHosts,
} from '../../domain/connections/github-host.ts';
import { createSettingReader, type SettingReader } from './setting-reader.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** All settings of a process, parsed. `undefined` means unset; what then happens is in `SETTINGS`. */
export interface Config {
  readonly database: {
    /** Application role. Undefined: the embedded PostgreSQL. */
    readonly url: string | undefined;
    /** Role that owns the tables, past any pooler; only commands that migrate need it. */
    readonly directUrl: string | undefined;
    /** Application role on a replica; undefined: there is none. */
    readonly replicaUrl: string | undefined;
    readonly replicaMaxLagSeconds: number;
    readonly poolSize: number;
  };
  readonly temporal: {
    /** host:port. Undefined: the embedded dev server. */
    readonly address: string | undefined;
    readonly namespace: string;
    readonly tls: boolean;
    readonly apiKey: string | undefined;
    /** Without a slash at its end. */
    readonly uiUrl: string | undefined;
    readonly cliPath: string | undefined;
  };
  readonly github: {
    /** REST root without a slash at its end. */
    readonly apiUrl: string;
    readonly token: string | undefined;
    /** Share of GitHub's limits, 0 to 0.9, that syncs leave to interactive use. */
    readonly reserve: number;
    /** With the host of `apiUrl`, where that is not the default. */
    readonly allowedHosts: AllowedHosts;
  };
  /** Whom commands ask that are clients of the API; undefined: what runs over the data directory. */
  readonly client: { readonly url: string; readonly token: string } | undefined;
  readonly server: {
    readonly host: string;
    readonly port: number;
    /** Without a slash at its end. */
    readonly publicUrl: string | undefined;
  };
  readonly worker: {
    /** At least one, without repetition. */
    readonly queues: readonly TaskQueue[];
    readonly syncConcurrency: number;
    /** Undefined: as many as the machine has cores. */
    readonly computeConcurrency: number | undefined;
    readonly llmConcurrency: number;
    readonly heartbeatSeconds: number;
    readonly parallelRepositories: number;
    readonly workflowBundle: string | undefined;
  };
  /** 32 bytes as base64. */
  readonly encryptionKey: string | undefined;
  /** Keys that still open what they have sealed, until all of it is sealed anew. */
  readonly retiredEncryptionKeys: readonly string[];
  /** As it was given, so relative to the working directory unless absolute. */
  readonly dataDirectory: string;
  readonly logLevel: LogLevel;
  readonly production: boolean;
}

/** The settings cannot be used. `complaints` has one sentence for each thing that is wrong, without secrets. */
export class ConfigError extends Error {
  readonly complaints: readonly string[];

  constructor(complaints: readonly string[]) {
    const intro =
      complaints.length === 1
        ? 'A setting cannot be used:'
        : `${complaints.length} settings cannot be used:`;
    super([intro, ...complaints.map((complaint) => `  - ${complaint}`)].join('\n'));
    this.name = 'ConfigError';
    this.complaints = complaints;
  }
}

/** The settings of a start that serves a GitHub of its own. */
export function allowGitHubAt(config: Config, apiUrl: string): Config {
  const { github } = config;
  if (apiUrl === github.apiUrl) {
    return config;
  }
  const allowedHosts = allowHostOf(apiUrl, github.allowedHosts);
  return { ...config, github: { ...github, allowedHosts } };
}

const QUEUES = Object.values(TASK_QUEUES);

/**
 * Parses the environment. An empty value counts as unset; unknown THROUGHLINE_ names are refused, because a misspelt
 * setting would otherwise be ignored in silence. Throws ConfigError with all complaints at once.
 */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const read = createSettingReader(environment);
  const config: Config = {
    database: parseDatabase(read),
    temporal: parseTemporal(read),
    github: parseGitHub(read),
    server: {
      host: read.host('HOST'),
      port: read.integer('PORT', 0, 65_535),
      publicUrl: read.optionalHttpUrl('PUBLIC_URL'),
    },
    worker: {
      queues: read.list('WORKER_QUEUES', QUEUES),
      syncConcurrency: read.integer('SYNC_CONCURRENCY', 1, 1000),
      computeConcurrency: read.optionalInteger('COMPUTE_CONCURRENCY', 1, 256),
      llmConcurrency: read.integer('LLM_CONCURRENCY', 1, 100),
      heartbeatSeconds: read.integer('SYNC_HEARTBEAT_SECONDS', 1, 600),
      parallelRepositories: read.integer('SYNC_PARALLEL_REPOSITORIES', 1, 50),
      workflowBundle: read.optionalText('WORKFLOW_BUNDLE'),
    },
    client: parseClient(read),
    encryptionKey: read.base64Key('THROUGHLINE_ENCRYPTION_KEY', 32),
    retiredEncryptionKeys: read.base64Keys('THROUGHLINE_ENCRYPTION_KEYS_RETIRED', 32),
    dataDirectory: read.text('THROUGHLINE_DATA_DIRECTORY'),
    logLevel: read.choice('LOG_LEVEL', LOG_LEVELS),
    production: read.text('NODE_ENV') === 'production',
  };
  read.refuseUnknown('THROUGHLINE_');
  const complaints = read.complaints();
  if (complaints.length > 0) {
    throw new ConfigError(complaints);
  }
  return config;
}

function parseDatabase(read: SettingReader): Config['database'] {
  const schemes = ['postgresql:', 'postgres:'];
  const url = read.url('DATABASE_URL', schemes);
  const replicaUrl = read.url('DATABASE_REPLICA_URL', schemes);
  if (replicaUrl !== undefined && url === undefined) {
    read.complain('DATABASE_REPLICA_URL needs DATABASE_URL: the embedded database has no replica.');
  }
  return {
    url,
    directUrl: read.url('DATABASE_DIRECT_URL', schemes),
    replicaUrl,
    replicaMaxLagSeconds: read.integer('DATABASE_REPLICA_MAX_LAG_SECONDS', 1, 3600),
    poolSize: read.integer('DATABASE_POOL_SIZE', 3, 200),
  };
}

/** Needs no entry: it is public. */
const PUBLIC_GITHUB = 'https://api.github.com';

function parseGitHub(read: SettingReader): Config['github'] {
  const apiUrl = read.httpUrl('GITHUB_API_URL');
  const listed = read.optionalText('GITHUB_ALLOWED_HOSTS') ?? '';
  const entries = listed.split(',').map((entry) => entry.trim());
  const allowedHosts = parseAllowedHosts(entries.filter((entry) => entry !== ''));
  if (allowedHosts === null) {
    read.complain(
      'GITHUB_ALLOWED_HOSTS must be a list of host names, addresses and ranges such as 10.0.0.0/8, separated by commas.',
    );
  }
  const allowed = allowedHosts ?? { names: new Set(), ranges: [] };
  return {
    apiUrl,
    token: read.token('GITHUB_TOKEN'),
    reserve: read.integer('GITHUB_RESERVE_PERCENT', 0, 90) / 100,
    allowedHosts: apiUrl === PUBLIC_GITHUB ? allowed : allowHostOf(apiUrl, allowed),
  };
}

function parseClient(read: SettingReader): Config['client'] {
  const url = read.optionalHttpUrl('GATEWAY_URL');
  const token = read.token('GATEWAY_TOKEN');
  if ((url === undefined) !== (token === undefined)) {
    read.complain('GATEWAY_URL and GATEWAY_TOKEN are set together: an address and who asks there.');
  }
  return url === undefined || token === undefined ? undefined : { url, token };
}

function parseTemporal(read: SettingReader): Config['temporal'] {
  const tls = read.flag('TEMPORAL_TLS');
  const apiKey = read.token('TEMPORAL_API_KEY');
  if (apiKey !== undefined && !tls) {
    read.complain('TEMPORAL_API_KEY needs TEMPORAL_TLS=true: a key must not travel in the clear.');
  }
  return {
    address: read.address('TEMPORAL_ADDRESS'),
    namespace: read.text('TEMPORAL_NAMESPACE'),
    tls,
    apiKey,
    uiUrl: read.optionalHttpUrl('TEMPORAL_UI_URL'),
    cliPath: read.optionalText('TEMPORAL_CLI_PATH'),
  };
}
