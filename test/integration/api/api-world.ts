import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import type {
  LaunchedWorkflow,
  TeamSchedule,
  WorkflowLauncher,
  WorkflowStart,
} from '../../../src/contracts/launcher.ts';
import type { ConnectionInput } from '../../../src/contracts/keys.ts';
import {
  createSyncRunNotifications,
  type SyncRunNotifications,
} from '../../../src/db/reads/notifications.ts';
import {
  createGateway,
  type Gateway,
  type GatewayOptions,
} from '../../../src/runtime/http/gateway.ts';
import { createNodeHmac } from '../../../src/runtime/webhooks/node-hmac.ts';
import { PATIENT } from '../../support/patience.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import { openCountingDatabase, type CountingDatabase } from './counting-database.ts';

/** A moment in the middle of a week: 2026-03-12 is a Thursday. */
export const NOW = new Date('2026-03-12T12:00:00Z');

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string; readonly requestId?: string };
}

export interface GraphqlAnswer<Data> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Whatever the server answered under `data`; the test's own type says what it asked for. */
  readonly data: Data;
  readonly errors: readonly GraphqlError[];
}

export interface FakeLauncher extends WorkflowLauncher {
  readonly started: Parameters<WorkflowLauncher['startBackfill']>[0][];
  /** Workflows that were started by their name. */
  readonly workflows: WorkflowStart[];
  /** Workflows that were scheduled for every day. */
  readonly scheduled: WorkflowStart[];
  /** Connections whose webhooks were announced. */
  readonly signalled: ConnectionInput[];
  /** Syncs that were paused, resumed or cancelled: `PAUSE backfill:1`. */
  readonly controlled: string[];
  /** Whether there is a workflow to control. */
  isRunning: boolean;
  /** What a team has. */
  readonly schedules: TeamSchedule[];
  /** What the next start answers, or throws. */
  answer: LaunchedWorkflow | Error;
  /** What Temporal answers to the start of a backfill alone, once it has said that there is none to join. */
  refusal: Error | null;
  /** Runs before a backfill is started. */
  beforeStart: () => Promise<void>;
  /** What `answer` becomes when a schedule is paused or resumed. */
  answerAfterPause: Error | null;
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

export interface ApiWorld {
  readonly applicationUrl: string;
  /** As the owner of the tables. */
  readonly maintenanceUrl: string;
  readonly counting: CountingDatabase;
  readonly gateway: Gateway;
  readonly launcher: FakeLauncher;
  readonly notifications: SyncRunNotifications;
  readonly log: LogLine[];
  /** Runs SQL as the owner of the tables. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Transactions that gateways hold open now. */
  openTransactions(): Promise<number>;
  /** Connections that listen for notifications; ends them when told to. */
  listeners(action?: 'end'): Promise<number>;
  /** Asks the gateway; without a token when it is null. */
  ask<Data>(
    token: string | null,
    query: string,
    variables?: Readonly<Record<string, unknown>>,
    gateway?: Gateway,
  ): Promise<GraphqlAnswer<Data>>;
  createGateway(options?: Partial<GatewayOptions>): Gateway;
  close(): Promise<void>;
}

export function graphqlRequest(
  token: string | null,
  query: string,
  variables?: Readonly<Record<string, unknown>>,
): Request {
  return new Request('http://gateway.test/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
}

export async function readAnswer<Data>(response: Response): Promise<GraphqlAnswer<Data>> {
  const body = await response.text();
  const parsed = (body === '' ? {} : JSON.parse(body)) as {
    data?: Data;
    errors?: readonly GraphqlError[];
  };
  return {
    status: response.status,
    headers: response.headers,
    body,
    data: parsed.data as Data,
    errors: parsed.errors ?? [],
  };
}

function createFakeLauncher(): FakeLauncher {
  const launcher: FakeLauncher = {
    workflowIdOf: (name) => name,
    readQueues: async () => ({ sync: 'POLLED', compute: 'POLLED' }),
    started: [],
    workflows: [],
    scheduled: [],
    controlled: [],
    isRunning: true,
    schedules: [],
    signalled: [],
    answer: { workflowId: 'backfill:1', workflowRunId: 'run-1', joined: false },
    answerAfterPause: null,
    refusal: null,
    beforeStart: async () => undefined,
    joinBackfill: async () => {
      if (launcher.answer instanceof Error) {
        throw launcher.answer;
      }
      const syncRunId = launcher.started.at(-1)?.syncRunId ?? null;
      return launcher.answer.joined ? { ...launcher.answer, syncRunId } : null;
    },
    startBackfill: async (input) => {
      launcher.started.push(input);
      await launcher.beforeStart();
      const error = launcher.refusal ?? launcher.answer;
      if (error instanceof Error) {
        throw error;
      }
      return { ...error, syncRunId: launcher.started.at(-1)?.syncRunId ?? null };
    },
    startWorkflow: async (start) => {
      launcher.workflows.push(start);
      if (launcher.answer instanceof Error) {
        throw launcher.answer;
      }
      return { ...launcher.answer, workflowId: start.workflowId };
    },
    scheduleDaily: async (start) => {
      launcher.scheduled.push(start);
    },
    controlSync: async ({ workflowId, workflowRunId }, action) => {
      if (launcher.answer instanceof Error) {
        throw launcher.answer;
      }
      launcher.controlled.push(`${action} ${workflowId} ${workflowRunId}`);
      return launcher.isRunning;
    },
    scheduleTeam: async (teamId) => {
      launcher.schedules.push({
        id: `sync-team:${teamId}`,
        note: 'What is new',
        isPaused: false,
        nextRunAt: NOW.toISOString(),
        lastRunAt: null,
      });
    },
    unscheduleTeam: async () => {
      launcher.schedules.length = 0;
    },
    listSchedules: async () => {
      if (launcher.answer instanceof Error) {
        throw launcher.answer;
      }
      return launcher.schedules;
    },
    pauseSchedule: async (scheduleId, isPaused, note) => {
      const index = launcher.schedules.findIndex(({ id }) => id === scheduleId);
      const [schedule] = launcher.schedules.splice(index, 1);
      if (schedule !== undefined) {
        launcher.schedules.splice(index, 0, { ...schedule, isPaused, note });
      }
      launcher.answer = launcher.answerAfterPause ?? launcher.answer;
    },
    signalWebhooks: async (connection) => {
      if (launcher.answer instanceof Error) {
        throw launcher.answer;
      }
      launcher.signalled.push(connection);
    },
    workflowUrl: ({ workflowId }) => `http://temporal.test/workflows/${workflowId}`,
  };
  return launcher;
}

/** As a test connects that looks at the database itself: a server that is stopped ends no test. */
async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/**
 * A database with a gateway over it, whose statements are counted and whose clock stands still.
 * @param given a database of its own unless the test brings one; it is dropped with the world
 */
export async function createApiWorld(given?: TestDatabase): Promise<ApiWorld> {
  const database = given ?? (await createTestDatabase());
  const maintenance = await connect(database.maintenanceUrl);
  // Only a superuser sees what other roles are doing.
  const superuser = await connect(database.superuserUrl);
  const countSessions = async (condition: string, expression = 'pid'): Promise<number> => {
    const { rows } = await superuser.query(
      `SELECT ${expression} FROM pg_stat_activity WHERE datname = current_database() AND usename = 'throughline_application' AND ${condition}`,
    );
    return rows.length;
  };
  const counting = openCountingDatabase(database.applicationUrl);
  const notifications = createSyncRunNotifications({
    connectionString: database.applicationUrl,
    onConnectionError: () => undefined,
  });
  const launcher = createFakeLauncher();
  const log: LogLine[] = [];
  const note = (level: LogLine['level']) => (fields: object, message: string) =>
    void log.push({ level, fields, message });
  const makeGateway = (options: Partial<GatewayOptions> = {}): Gateway =>
    createGateway({
      db: counting.db,
      createHmac: createNodeHmac,
      launcher,
      syncRunChanges: notifications,
      githubReserve: 0.2,
      graphiql: false,
      logger: { info: note('info'), warn: note('warn'), error: note('error') },
      now: () => NOW,
      deadlines: PATIENT,
      ...options,
    });
  const gateway = makeGateway();
  return {
    applicationUrl: database.applicationUrl,
    maintenanceUrl: database.maintenanceUrl,
    counting,
    gateway,
    launcher,
    notifications,
    log,
    createGateway: makeGateway,
    sql: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await maintenance.query<Row>(text, [...values])).rows,
    openTransactions: () => countSessions('xact_start IS NOT NULL'),
    listeners: (action) =>
      countSessions(
        `application_name = 'throughline-listen'`,
        action === 'end' ? 'pg_terminate_backend(pid)' : 'pid',
      ),
    ask: async <Data>(
      token: string | null,
      query: string,
      variables?: Readonly<Record<string, unknown>>,
      asked: Gateway = gateway,
    ) => readAnswer<Data>(await asked.fetch(graphqlRequest(token, query, variables))),
    close: async () => {
      await gateway.dispose();
      await notifications.close();
      await counting.close();
      await maintenance.end();
      await superuser.end();
      await database.drop();
    },
  };
}

/** A fresh token with the hash that the database holds of it. */
export function mintToken(): { readonly token: string; readonly hash: Buffer } {
  const token = randomBytes(24).toString('base64url');
  return { token, hash: createHash('sha256').update(token).digest() };
}
