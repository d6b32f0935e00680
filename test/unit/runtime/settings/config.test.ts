import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../../../src/runtime/settings/config.ts';
import { SETTINGS } from '../../../../src/runtime/settings/settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const KEY = Buffer.alloc(32, 7).toString('base64');

function complaintsOf(environment: Environment): readonly string[] {
  try {
    parseConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.complaints;
    }
    throw error;
  }
}

describe('the settings of a process', () => {
  it('have defaults that make an empty environment usable', () => {
    expect(parseConfig({})).toStrictEqual({
      database: {
        url: undefined,
        directUrl: undefined,
        replicaUrl: undefined,
        replicaMaxLagSeconds: 5,
        poolSize: 10,
      },
      temporal: {
        address: undefined,
        namespace: 'default',
        tls: false,
        apiKey: undefined,
        uiUrl: undefined,
        cliPath: undefined,
      },
      github: {
        apiUrl: 'https://api.github.com',
        token: undefined,
        reserve: 0.2,
        allowedHosts: { names: new Set(), ranges: [] },
      },
      server: {
        host: '127.0.0.1',
        port: 4000,
        publicUrl: undefined,
        allowedOrigins: new Set(),
        pointsPerQuery: 20_000,
        pointsPerMinute: 400_000,
      },
      worker: {
        queues: ['sync', 'llm', 'compute'],
        syncConcurrency: 50,
        computeConcurrency: undefined,
        llmConcurrency: 2,
        heartbeatSeconds: 30,
        parallelRepositories: 3,
        workflowBundle: undefined,
      },
      metrics: { port: undefined, host: '127.0.0.1', operations: new Set() },
      client: undefined,
      encryptionKey: undefined,
      retiredEncryptionKeys: [],
      dataDirectory: '.throughline',
      logLevel: 'info',
      logFormat: undefined,
      logRequests: false,
      production: false,
    });
  });

  it('are all read from their names', () => {
    expect(
      parseConfig({
        DATABASE_URL: 'postgres://app:pw@db:6432/throughline?sslmode=require',
        DATABASE_DIRECT_URL: 'postgresql://owner:pw@db/throughline',
        DATABASE_REPLICA_URL: 'postgresql://app:pw@replica/throughline',
        DATABASE_REPLICA_MAX_LAG_SECONDS: '30',
        DATABASE_POOL_SIZE: '25',
        TEMPORAL_ADDRESS: '[::1]:7233',
        TEMPORAL_NAMESPACE: 'metrics',
        TEMPORAL_TLS: 'TRUE',
        TEMPORAL_API_KEY: 'key',
        TEMPORAL_UI_URL: 'https://temporal.example.com/ui/',
        TEMPORAL_CLI_PATH: '/opt/temporal',
        GITHUB_API_URL: 'http://127.0.0.1:9999/api/v3/',
        GITHUB_TOKEN: ' ghp_abc\n',
        GITHUB_RESERVE_PERCENT: '35',
        GITHUB_ALLOWED_HOSTS: 'GitHub.example.com, 10.1.2.0/24',
        HOST: '::',
        PORT: '0',
        PUBLIC_URL: 'https://throughline.example.com/',
        CORS_ALLOWED_ORIGINS: 'https://app.example.com, http://localhost:5173',
        GRAPHQL_POINTS_PER_QUERY: '5000',
        GRAPHQL_POINTS_PER_MINUTE: '900000',
        WORKER_QUEUES: 'compute, sync,compute',
        SYNC_CONCURRENCY: '5',
        COMPUTE_CONCURRENCY: '8',
        LLM_CONCURRENCY: '4',
        SYNC_HEARTBEAT_SECONDS: '2',
        SYNC_PARALLEL_REPOSITORIES: '1',
        WORKFLOW_BUNDLE: 'dist/bundle.js',
        METRICS_PORT: '9464',
        METRICS_HOST: '0.0.0.0',
        METRICS_OPERATIONS: 'Overview, _b2',
        GATEWAY_URL: 'https://throughline.example.com/graphql/',
        GATEWAY_TOKEN: 'mine\n',
        THROUGHLINE_ENCRYPTION_KEY: KEY,
        THROUGHLINE_ENCRYPTION_KEYS_RETIRED: `${KEY}, ${KEY}`,
        THROUGHLINE_DATA_DIRECTORY: '/var/lib/data',
        LOG_LEVEL: 'silent',
        LOG_FORMAT: 'text',
        LOG_REQUESTS: 'true',
        NODE_ENV: 'production',
      }),
    ).toStrictEqual({
      database: {
        url: 'postgres://app:pw@db:6432/throughline?sslmode=require',
        directUrl: 'postgresql://owner:pw@db/throughline',
        replicaUrl: 'postgresql://app:pw@replica/throughline',
        replicaMaxLagSeconds: 30,
        poolSize: 25,
      },
      temporal: {
        address: '[::1]:7233',
        namespace: 'metrics',
        tls: true,
        apiKey: 'key',
        uiUrl: 'https://temporal.example.com/ui',
        cliPath: '/opt/temporal',
      },
      github: {
        apiUrl: 'http://127.0.0.1:9999/api/v3',
        token: 'ghp_abc',
        reserve: 0.35,
        allowedHosts: {
          names: new Set(['github.example.com']),
          ranges: [
            [ipaddr.parse('10.1.2.0'), 24],
            [ipaddr.parse('127.0.0.1'), 32],
          ],
        },
      },
      server: {
        host: '::',
        port: 0,
        publicUrl: 'https://throughline.example.com',
        allowedOrigins: new Set(['https://app.example.com', 'http://localhost:5173']),
        pointsPerQuery: 5_000,
        pointsPerMinute: 900_000,
      },
      worker: {
        queues: ['sync', 'compute'],
        syncConcurrency: 5,
        computeConcurrency: 8,
        llmConcurrency: 4,
        heartbeatSeconds: 2,
        parallelRepositories: 1,
        workflowBundle: 'dist/bundle.js',
      },
      metrics: { port: 9464, host: '0.0.0.0', operations: new Set(['Overview', '_b2']) },
      client: { url: 'https://throughline.example.com/graphql', token: 'mine' },
      encryptionKey: KEY,
      retiredEncryptionKeys: [KEY, KEY],
      dataDirectory: '/var/lib/data',
      logLevel: 'silent',
      logFormat: 'text',
      logRequests: true,
      production: true,
    });
  });

  it('are exactly the listed ones', () => {
    const asked = new Set<string>();
    parseConfig(
      new Proxy<Environment>(
        {},
        {
          get: (_target, name) => {
            asked.add(String(name));
            return undefined;
          },
        },
      ),
    );
    expect([...asked].toSorted()).toStrictEqual(SETTINGS.map(({ name }) => name).toSorted());
  });

  it('count as unset when empty or blank', () => {
    const blank = Object.fromEntries(
      SETTINGS.map(({ name }, index) => [name, index % 2 ? '' : ' ']),
    );
    expect(parseConfig(blank)).toStrictEqual(parseConfig({}));
  });

  it('are all complained about at once, each in a sentence with its name', () => {
    const wrong: Environment = {
      DATABASE_URL: 'mysql://db/x',
      DATABASE_DIRECT_URL: 'not a url',
      DATABASE_REPLICA_URL: 'http://replica',
      DATABASE_REPLICA_MAX_LAG_SECONDS: '0',
      DATABASE_POOL_SIZE: '0',
      TEMPORAL_ADDRESS: 'http://temporal:7233',
      TEMPORAL_TLS: 'maybe',
      TEMPORAL_API_KEY: 'has space',
      TEMPORAL_UI_URL: 'ftp://temporal',
      GITHUB_API_URL: 'api.github.com',
      GITHUB_TOKEN: 'two\nlines',
      HOST: 'http://localhost',
      PORT: '65536',
      WORKER_QUEUES: 'sync,mail',
      SYNC_CONCURRENCY: '1.5',
      COMPUTE_CONCURRENCY: '-1',
      LLM_CONCURRENCY: 'two',
      SYNC_HEARTBEAT_SECONDS: '601',
      SYNC_PARALLEL_REPOSITORIES: '1e1',
      THROUGHLINE_ENCRYPTION_KEY: 'c2hvcnQ=',
      LOG_LEVEL: 'verbose',
    };
    const complaints = complaintsOf(wrong);
    expect(new Set(complaints.map((complaint) => complaint.split(' ')[0]))).toStrictEqual(
      new Set(Object.keys(wrong)),
    );
    expect(complaints).toHaveLength(Object.keys(wrong).length);
    expect(complaints.every((complaint) => complaint.endsWith('.'))).toBe(true);
  });

  it('give one readable message for several complaints', () => {
    expect(() => parseConfig({ PORT: 'x', LOG_LEVEL: 'loud' })).toThrow(
      [
        '2 settings cannot be used:',
        '  - PORT must be a whole number from 0 to 65535, not "x".',
        '  - LOG_LEVEL must be one of debug, info, warn, error, silent, not "loud".',
      ].join('\n'),
    );
  });

  it('never repeat a secret, nor a URL that may hold one', () => {
    const secret = 's3cr3t';
    const complaints = complaintsOf({
      DATABASE_URL: `mysql://user:${secret}@db/x`,
      DATABASE_DIRECT_URL: `${secret} ${secret}`,
      DATABASE_REPLICA_URL: `mysql://user:${secret}@db/x`,
      GITHUB_API_URL: `https://user:${secret}@github.example.com`,
      GITHUB_TOKEN: `${secret} ${secret}`,
      TEMPORAL_API_KEY: `${secret} `.repeat(2),
      TEMPORAL_UI_URL: `https://temporal.example.com/?key=${secret}`,
      TEMPORAL_ADDRESS: `user:${secret}@temporal`,
      THROUGHLINE_ENCRYPTION_KEY: secret,
      THROUGHLINE_ENCRYPTION_KEYS_RETIRED: `${KEY},${secret}`,
    });
    expect(complaints).toHaveLength(10);
    expect(complaints.join('\n')).not.toContain(secret);
  });

  it('refuse an unknown name that begins with THROUGHLINE_, and leave the names of others alone', () => {
    expect(complaintsOf({ THROUGHLINE_DATA_DIR: 'x', SOMETHING_ELSE: 'y' })).toStrictEqual([
      'THROUGHLINE_DATA_DIR is not a setting; there are THROUGHLINE_ENCRYPTION_KEY, THROUGHLINE_ENCRYPTION_KEYS_RETIRED, THROUGHLINE_DATA_DIRECTORY.',
    ]);
  });

  it('refuse a replica of the embedded database, which has none', () => {
    const replica = 'postgresql://app:pw@replica/throughline';
    expect(complaintsOf({ DATABASE_REPLICA_URL: replica })).toStrictEqual([
      'DATABASE_REPLICA_URL needs DATABASE_URL: the embedded database has no replica.',
    ]);
  });

  it('refuse an address of a gateway without a token, and a token without an address', () => {
    for (const alone of [
      { GATEWAY_URL: 'https://a.example.com/graphql' },
      { GATEWAY_TOKEN: 'x' },
    ]) {
      expect(complaintsOf(alone)).toEqual([expect.stringMatching(/are set together/)]);
    }
  });

  it('refuse to send an API key over a connection that is not encrypted', () => {
    expect(complaintsOf({ TEMPORAL_API_KEY: 'key' })).toStrictEqual([
      'TEMPORAL_API_KEY needs TEMPORAL_TLS=true: a key must not travel in the clear.',
    ]);
  });

  it('are held against each other also while another one of their group is wrong', () => {
    const complaints = complaintsOf({ TEMPORAL_API_KEY: 'key', TEMPORAL_UI_URL: 'ftp://temporal' });
    expect(complaints.map((complaint) => complaint.split(' ', 1)[0])).toStrictEqual([
      'TEMPORAL_UI_URL',
      'TEMPORAL_API_KEY',
    ]);
  });

  it('are not held against one that is wrong itself', () => {
    expect(complaintsOf({ GATEWAY_URL: 'ftp://gateway', GATEWAY_TOKEN: 'x' })).toEqual([
      expect.stringMatching(/^GATEWAY_URL must be an http or https URL/),
    ]);
  });
});
