import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Db, TransactionIdentity } from '../../../../src/db/core/client.ts';
import { createNodeDb } from '../../../../src/db/core/node-client.ts';
import { createReadSource } from '../../../../src/db/reads/read-source.ts';
import type { ReadScope } from '../../../../src/db/reads/read-transaction.ts';
import { eventually } from '../../../support/eventually.ts';
import { PATIENT } from '../../../support/patience.ts';
import { createApiWorld, graphqlRequest, readAnswer, type ApiWorld } from '../api-world.ts';
import { openCountingDatabase } from '../counting-database.ts';
import { globalId, seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';
import { lockTable } from '../table-lock.ts';

const READ_PULL_REQUESTS = `{ team(slug: "alpha") { pullRequests(first: 1) { nodes { number } } } }`;
const SLEEP = 'SELECT pg_sleep($1::float8)::text AS slept';

/** Connections of the gateways of a world. */
const POOL = 10;

let world: ApiWorld;
let team: SeededTeam;
let scope: ReadScope;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  await seedPullRequests(world, team, { count: 3 });
  scope = { userId: 1n, teamIds: [BigInt(team.teamId)] };
});

afterAll(async () => {
  await world?.close();
});

const ask = (query: string, signal?: AbortSignal): Request =>
  new Request(graphqlRequest(team.viewerToken, query), signal === undefined ? {} : { signal });

describe('what nobody waits for any more ends in the database too', () => {
  it('frees every connection when thirty clients leave, and answers others meanwhile', async () => {
    await lockTable(world, 'pull_request');
    const leaving = new AbortController();
    const slow = Array.from({ length: 30 }, () =>
      world.gateway.fetch(ask(READ_PULL_REQUESTS, leaving.signal)).catch(() => undefined),
    );
    await eventually(async () => expect(await world.openTransactions()).toBe(POOL));
    const other = world.gateway.fetch(ask('{ teams { nodes { slug } } }'));
    leaving.abort();
    const { data, errors } = await readAnswer(await other);
    expect([data, errors]).toEqual([{ teams: { nodes: [{ slug: 'alpha' }] } }, []]);
    await eventually(async () => expect(await world.openTransactions()).toBe(0));
    await Promise.all(slow);
  });

  it('ends a query when its time is up, with a code, and its statement with it', async () => {
    await lockTable(world, 'pull_request');
    const requests = { ...PATIENT.requests, operationMs: 300 };
    const gateway = world.createGateway({ deadlines: { ...PATIENT, requests } });
    const { data, errors, status } = await readAnswer(await gateway.fetch(ask(READ_PULL_REQUESTS)));
    expect([status, data]).toEqual([200, null]);
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining('takes too long') as string,
        extensions: { code: 'LIMIT_EXCEEDED' },
      },
    ]);
    await eventually(async () => expect(await world.openTransactions()).toBe(0));
  });

  it('carries a mutation that has begun to its end when the client leaves, and begins none behind it', async () => {
    const leaving = new AbortController();
    world.launcher.beforeStart = async () => leaving.abort();
    const start = (name: string, daysBack: number) =>
      `${name}: startBackfill(input: { teamId: "${globalId.team(team.teamId)}", daysBack: ${daysBack} }) { __typename }`;
    const request = graphqlRequest(
      team.adminToken,
      `mutation { ${start('first', 1)} ${start('second', 2)} }`,
    );
    await world.gateway
      .fetch(new Request(request, { signal: leaving.signal }))
      .catch(() => undefined);
    expect(world.launcher.started).toHaveLength(1);
    const stored = 'SELECT status FROM sync_run';
    await eventually(async () => expect(await world.sql(stored)).toEqual([{ status: 'RUNNING' }]));
    await eventually(async () => expect(await world.openTransactions()).toBe(0));
  });

  it('looks a token up no longer than it is waited for, and keeps no connection with it', async () => {
    const unlock = await lockTable(world, 'access_token');
    const db = createNodeDb({
      connectionString: world.applicationUrl,
      poolSize: 2,
      applicationName: 'throughline test',
      onConnectionError: () => undefined,
      bounds: { statementMs: 60_000, lockMs: 50 },
    });
    const gateway = world.createGateway({ db });
    const answers = await Promise.all(
      Array.from({ length: 6 }, async () => readAnswer(await gateway.fetch(ask('{ __typename }')))),
    );
    expect(answers.map(({ errors }) => errors[0]?.extensions?.code)).toEqual(
      Array.from({ length: 6 }, () => 'OVERLOADED'),
    );
    await unlock();
    const after = await readAnswer(await gateway.fetch(ask('{ viewer { name } }')));
    expect(after.errors).toEqual([]);
    await db.$disconnect();
  });
});

describe('a cancelled statement', () => {
  /** One connection, so that the next session always gets the one whose statement was cancelled. */
  async function withOneConnection(work: (db: Db) => Promise<void>): Promise<void> {
    const { db, close } = openCountingDatabase(world.applicationUrl, 1);
    try {
      await work(db);
    } finally {
      await close();
    }
  }

  it('never takes the next user of its connection with it, however close they are', async () => {
    await withOneConnection(async (db) => {
      const source = createReadSource(db, PATIENT.reads);
      const outcomes = { cancelled: 0, answered: 0 };
      for (let round = 0; round < 60; round += 1) {
        const session = source.open(scope);
        // Every third one sleeps until it is cancelled; the others end at about the moment of that.
        const seconds = round % 3 === 0 ? 3_600 : (round % 10) / 1_000;
        await session.query(SLEEP, [0]);
        const reading = session.query(SLEEP, [seconds]).then(
          () => void (outcomes.answered += 1),
          (error: unknown) => {
            expect(error).toMatchObject({ message: 'left' });
            outcomes.cancelled += 1;
          },
        );
        await new Promise((resolve) => setTimeout(resolve, round % 7));
        session.abort(new Error('left'));
        const next = source.open(scope);
        await expect(next.query(SLEEP, [0.003])).resolves.toHaveLength(1);
        await next.close();
        await reading;
      }
      expect(outcomes.cancelled).toBeGreaterThanOrEqual(20);
      expect(outcomes.cancelled + outcomes.answered).toBe(60);
    });
  });

  it('is named by its transaction: an older one of the same connection is not taken for it', async () => {
    await withOneConnection(async (db) => {
      const identify = `SELECT pg_backend_pid() AS pid, now()::text AS began`;
      const source = createReadSource(db, PATIENT.reads);
      const first = source.open(scope);
      const [old] = await first.query<TransactionIdentity>(identify, []);
      await first.close();
      const second = source.open(scope);
      const [current] = await second.query<TransactionIdentity>(identify, []);
      expect(current?.pid).toBe(old?.pid);
      const sleeping = second.query(SLEEP, [0.5]);
      await db.cancelStatement?.(old ?? { pid: 0, began: '' });
      await expect(sleeping).resolves.toHaveLength(1);
      await second.close();
    });
  });

  it('is not begun for a session that waits for its connection', async () => {
    await withOneConnection(async (db) => {
      const source = createReadSource(db, PATIENT.reads);
      const holder = source.open(scope);
      await holder.query(SLEEP, [0]);
      const waiting = source.open(scope);
      const outcome = Promise.allSettled([waiting.query(SLEEP, [0])]);
      waiting.abort(new Error('left'));
      await holder.close();
      expect(await outcome).toMatchObject([{ status: 'rejected', reason: { message: 'left' } }]);
      await waiting.close();
      const next = source.open(scope);
      await expect(next.query(SLEEP, [0])).resolves.toHaveLength(1);
      await next.close();
    });
  });
});
