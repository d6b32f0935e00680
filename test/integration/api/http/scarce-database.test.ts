import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Db } from '../../../../src/db/core/client.ts';
import { createNodeDb, type NodeDbOptions } from '../../../../src/db/core/node-client.ts';
import { sqlState } from '../../../../src/db/core/sql-state.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { Gateway } from '../../../../src/runtime/http/gateway.ts';
import { eventually } from '../../../support/eventually.ts';
import { PATIENT } from '../../../support/patience.ts';
import { startOwnCluster, type OwnCluster } from '../../../support/postgres/own-cluster.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';
import { lockTable } from '../table-lock.ts';

/** Three of them are for superusers, and two are those of this test. */
const MAX_CONNECTIONS = 20;

const TOO_MANY_CONNECTIONS = '53300';

const READ_PULL_REQUESTS = `{ team(slug: "alpha") { pullRequests(first: 1) { nodes { number } } } }`;
const READ_MEMBERS = `{ team(slug: "alpha") { members(first: 5) { nodes { login } } } }`;

let cluster: OwnCluster;
let world: ApiWorld;
let team: SeededTeam;

beforeAll(async () => {
  cluster = await startOwnCluster({ max_connections: String(MAX_CONNECTIONS) });
  world = await createApiWorld(cluster);
  team = await seedTeam(world, { slug: 'alpha' });
  await seedPullRequests(world, team, { count: 3 });
});

afterAll(async () => {
  await world?.close();
});

function connect(applicationName: string, poolSize: number, options: Partial<NodeDbOptions> = {}) {
  const db = createNodeDb({
    connectionString: world.applicationUrl,
    poolSize,
    applicationName,
    onConnectionError: () => undefined,
    deadlines: PATIENT.database,
    ...options,
  });
  onTestFinished(() => db.$disconnect());
  return db;
}

async function countConnections(applicationName: string): Promise<number> {
  const [row] = await world.sql<{ count: number }>(
    `SELECT count(*)::integer AS count FROM pg_stat_activity WHERE application_name LIKE $1`,
    [`${applicationName}%`],
  );
  return row?.count ?? 0;
}

/** Work that has so many connections at the same time. */
async function useConnections(db: Db, count: number): Promise<void> {
  let begun = 0;
  const work = () =>
    withTeam(db, BigInt(team.teamId), async () => {
      begun += 1;
      await eventually(() => expect(begun).toBe(count));
    });
  await Promise.all(Array.from({ length: count }, work));
}

/** A worker that writes until it is over, and how often it has. */
function openWorker(db: Db) {
  const written = { count: 0, isOver: false };
  const work = async (): Promise<void> => {
    while (!written.isOver) {
      await withTeam(
        db,
        BigInt(team.teamId),
        (tx) => tx.$executeRaw`UPDATE sync_run SET pages = pages`,
      );
      written.count += 1;
    }
  };
  return { written, work };
}

/** Takes what PostgreSQL has left, as other processes do. @returns what gives it back */
async function takeAllConnections(): Promise<() => Promise<void>> {
  const taken: pg.Client[] = [];
  const giveBack = async (): Promise<void> => {
    await Promise.all(taken.splice(0).map((client) => client.end()));
  };
  onTestFinished(giveBack);
  for (;;) {
    const client = new pg.Client({ connectionString: world.applicationUrl });
    const refusal: unknown = await client.connect().catch((error: unknown) => error);
    if (refusal instanceof Error) {
      if (sqlState(refusal) !== TOO_MANY_CONNECTIONS) {
        throw refusal;
      }
      return giveBack;
    }
    taken.push(client);
  }
}

/** What is idle is given up at once. */
const RESTLESS = { ...PATIENT.database, idleMs: 1 };

async function codeOf(gateway: Gateway, query: string): Promise<string> {
  const { errors } = await world.ask(team.viewerToken, query, {}, gateway);
  return errors[0]?.extensions?.code ?? 'OK';
}

function countBy(codes: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const code of codes) {
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

describe('F6: no connection is left', () => {
  it.each([0, 2])('a process gives back what it does not use, and keeps %s', async (keep) => {
    const name = `throughline idle ${keep}`;
    const db = connect(name, 5, { keep, deadlines: RESTLESS });
    await useConnections(db, 5);
    await eventually(async () => expect(await countConnections(name)).toBe(keep));
    // Those that are kept are used again.
    await useConnections(db, 5);
    await eventually(async () => expect(await countConnections(name)).toBe(keep));
  });

  it('two hundred queries at once are answered or OVERLOADED, a worker keeps its two connections, and all recovers', async () => {
    const { written, work } = openWorker(connect('throughline worker', 2));
    const working = [work(), work()];
    await eventually(() => expect(written.count).toBeGreaterThan(10));

    const reads = { ...PATIENT.reads, identityMs: 1_000, maxWaitMs: 1_000, lockMs: 500 };
    const gateways = ['one', 'two', 'three'].map((name) =>
      world.createGateway({
        db: connect(`throughline gateway ${name}`, 10, { deadlines: RESTLESS }),
        deadlines: { ...PATIENT, reads },
      }),
    );
    const unlock = await lockTable(world, 'pull_request');
    const before = written.count;
    const flood = Array.from({ length: 200 }, (_, index) =>
      codeOf(gateways[index % gateways.length] ?? world.gateway, READ_PULL_REQUESTS),
    );
    expect(countBy(await Promise.all(flood))).toEqual({ OVERLOADED: 200 });
    await eventually(() => expect(written.count).toBeGreaterThan(before + 10));

    await unlock();
    // What one gateway keeps open, another cannot have.
    await eventually(async () => expect(await countConnections('throughline gateway')).toBe(0));
    await eventually(async () => {
      const after = gateways.flatMap((gateway) =>
        Array.from({ length: 4 }, () => codeOf(gateway, READ_PULL_REQUESTS)),
      );
      expect(countBy(await Promise.all(after))).toEqual({ OK: 12 });
    });
    written.isOver = true;
    await Promise.all(working);
    expect(world.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('a worker that had no work for a while keeps two connections, which gateways cannot take', async () => {
    const worker = connect('throughline worker', 4, { keep: 2, deadlines: RESTLESS });
    await useConnections(worker, 4);
    await eventually(async () => expect(await countConnections('throughline worker')).toBe(2));
    const giveBack = await takeAllConnections();
    const reads = { ...PATIENT.reads, identityMs: 1_000, maxWaitMs: 1_000 };
    const gateway = world.createGateway({
      db: connect('throughline gateway', 10),
      deadlines: { ...PATIENT, reads },
    });
    const flood = Array.from({ length: 200 }, () => codeOf(gateway, READ_MEMBERS));
    expect(countBy(await Promise.all(flood))).toEqual({ OVERLOADED: 200 });
    const { written, work } = openWorker(worker);
    const working = [work(), work()];
    await eventually(() => expect(written.count).toBeGreaterThan(10));
    written.isOver = true;
    await Promise.all(working);
    await giveBack();
    await eventually(async () => expect(await codeOf(gateway, READ_MEMBERS)).toBe('OK'));
    expect(world.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('F7: a table is locked for longer than anybody waits', () => {
  it('what reads it is cut at the limit, and what does not goes on', async () => {
    const gateway = world.createGateway({
      db: connect('throughline gateway', 10),
      deadlines: { ...PATIENT, reads: { ...PATIENT.reads, lockMs: 300 } },
    });
    const unlock = await lockTable(world, 'pull_request');
    const queries = Array.from({ length: 60 }, (_, index) =>
      index % 3 === 0 ? READ_PULL_REQUESTS : READ_MEMBERS,
    );
    const codes = await Promise.all(queries.map((query) => codeOf(gateway, query)));
    const of = (query: string) => countBy(codes.filter((_, index) => queries[index] === query));
    expect([of(READ_PULL_REQUESTS), of(READ_MEMBERS)]).toEqual([{ OVERLOADED: 20 }, { OK: 40 }]);
    await unlock();
    expect(await codeOf(gateway, READ_PULL_REQUESTS)).toBe('OK');
  });
});
