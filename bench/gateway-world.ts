import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Db } from '../src/db/core/client.ts';
import { createNodeDb } from '../src/db/core/node-client.ts';
import type { SyncRunChanges } from '../src/db/reads/sync-run-changes.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../src/runtime/http/gateway.ts';
import { createNodeHmac } from '../src/runtime/webhooks/node-hmac.ts';
import type { Progress } from '../src/runtime/embedded/progress.ts';
import type { BenchDatabase } from './bench-database.ts';
import { makeFacts } from './rollup-facts.ts';
import { rebuildAll } from './rollup-runs.ts';

/** What the bench of the gateway works with. */
export interface GatewayBench {
  readonly database: BenchDatabase;
  readonly projectDirectory: string;
  readonly onProgress: Progress;
}

/** One team with what the measured queries ask for, and whoever may ask. */
export interface GatewayWorld {
  /** A token of each viewer of the team. */
  readonly tokens: readonly string[];
  /** Global ids of jobs that run. */
  readonly runIds: readonly string[];
  /** A gateway over the database, with the settings of the product unless others are given. */
  open(options?: Partial<GatewayOptions>): Gateway;
  close(): Promise<void>;
}

export interface GatewaySizes {
  readonly tokens: number;
  readonly runs: number;
}

/** The members that a measured query asks for, and pull requests of a quarter. */
const FACTS = {
  slug: 'gateway',
  teams: 1,
  membersATeam: 50,
  pullRequests: 1_000,
  reviews: 2_000,
  commits: 4_000,
  days: 120,
};

export const TEAM = `${FACTS.slug}-1`;

const NOW = new Date('2026-04-30T12:00:00Z');

/** Tells of no change: whoever follows a run looks by the poll. */
const SILENT: SyncRunChanges = {
  // eslint-disable-next-line require-yield -- it has nothing to say
  async *subscribe(_teamId, _runId, signal) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
};

/** Every queue has a worker. Whoever asks Temporal anything else fails: no measured query does. */
const NO_TEMPORAL = new Proxy({} as GatewayOptions['launcher'], {
  get: (_target, property) =>
    property === 'readQueues'
      ? async () => ({ sync: 'POLLED', compute: 'POLLED' })
      : () => Promise.reject(new Error('the bench has no Temporal')),
});

export async function makeGatewayWorld(
  { database, onProgress }: GatewayBench,
  sizes: GatewaySizes,
): Promise<GatewayWorld> {
  onProgress(`making a team with ${FACTS.membersATeam} members and ${sizes.tokens} tokens`);
  const { superuser } = database;
  const clients: Db[] = [];
  const connect = (): Db => {
    const client = createNodeDb({
      connectionString: database.url('application'),
      poolSize: 10,
      applicationName: 'throughline-bench gateway',
      onConnectionError: (error) => onProgress(error.message),
    });
    clients.push(client);
    return client;
  };
  const teams = await makeFacts(superuser, FACTS);
  await rebuildAll(connect(), teams, 'gateway');
  const teamId = String(teams[0]?.teamId);
  const tokens = await makeTokens(superuser, teamId, sizes.tokens);
  const { rows } = await superuser.query<{ id: string }>(
    `INSERT INTO sync_run (team_id, kind, workflow_id, workflow_run_id, requested_names, since, started_at, updated_at)
     SELECT $1, 'BACKFILL', 'backfill:' || n, 'run', '{}', $3::timestamptz - interval '90 days', $3, $3
     FROM generate_series(1, $2::integer) AS n RETURNING id`,
    [teamId, sizes.runs, NOW],
  );
  await superuser.query('VACUUM (ANALYZE)');
  return {
    tokens,
    runIds: rows.map(({ id }) => btoa(`SyncRun:${teamId}:${id}`)),
    open: (options = {}) =>
      createGateway({
        db: connect(),
        launcher: NO_TEMPORAL,
        createHmac: createNodeHmac,
        syncRunChanges: SILENT,
        githubReserve: 0.2,
        graphiql: false,
        logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
        now: () => NOW,
        ...options,
      }),
    close: async () => {
      await Promise.all(clients.map((client) => client.$disconnect()));
    },
  };
}

async function makeTokens(superuser: pg.Client, teamId: string, count: number): Promise<string[]> {
  const tokens = Array.from({ length: count }, () => `tl_${randomBytes(32).toString('hex')}`);
  await superuser.query(
    `WITH users AS (
       INSERT INTO app_user (email, name) SELECT n || '@example.com', 'Viewer ' || n
       FROM generate_series(1, cardinality($2::bytea[])) AS n RETURNING id, email
     ), roles AS (
       INSERT INTO membership (team_id, user_id, role) SELECT $1, id, 'VIEWER' FROM users
     )
     INSERT INTO access_token (user_id, name, hash)
     SELECT id, 'bench', ($2::bytea[])[split_part(email, '@', 1)::integer] FROM users`,
    [teamId, tokens.map((token) => createHash('sha256').update(token).digest())],
  );
  return tokens;
}

/** A GraphQL request as a client sends it. */
export function graphqlRequest(
  token: string,
  body: string,
  options: { readonly accept?: string; readonly signal?: AbortSignal } = {},
): Request {
  return new Request('http://gateway.bench/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      ...(options.accept !== undefined && { accept: options.accept }),
    },
    body,
    ...(options.signal !== undefined && { signal: options.signal }),
  });
}
