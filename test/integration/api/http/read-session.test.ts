import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  PULL_REQUEST_COMMITS,
  PULL_REQUEST_FILES,
  PULL_REQUEST_REVIEWS,
  TEAM_MEMBERS,
  TEAM_PULL_REQUESTS,
  TEAM_REPOSITORIES,
  TEAM_SYNC_RUNS,
} from '../../../../src/db/reads/lists.ts';
import { findIdentities } from '../../../../src/db/reads/authentication.ts';
import { createReadSource } from '../../../../src/db/reads/read-source.ts';
import type { ReadScope } from '../../../../src/db/reads/read-transaction.ts';
import { ROWS_BY_KEY } from '../../../../src/db/reads/rows-by-key.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { openCountingDatabase } from '../counting-database.ts';
import { seedRun } from '../sync/seed-sync-run.ts';
import { seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';
import { eventually } from '../../../support/eventually.ts';
import { PATIENT } from '../../../support/patience.ts';

const SLEEP = 'SELECT pg_sleep($1::float8)::text AS slept';

describe('a read session', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  let scope: ReadScope;

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
    await seedPullRequests(world, team, { count: 3, reviews: 2, commits: 2, files: 2 });
    await seedRun(world, team, { runId: 'job' });
    scope = { userId: 1n, teamIds: [BigInt(team.teamId)] };
  });

  afterAll(async () => {
    await world?.close();
  });

  it('opens nothing until the first read, and shows one moment until it is closed', async () => {
    const session = createReadSource(world.counting.db, PATIENT.reads).open(scope);
    expect(await world.openTransactions()).toBe(0);
    const slug = async () => (await session.db.team.findFirstOrThrow({})).slug;
    expect(await slug()).toBe('alpha');
    await world.sql(`UPDATE team SET slug = 'renamed'`);
    expect(await slug()).toBe('alpha');
    expect(await world.openTransactions()).toBe(1);
    await session.close();
    await session.close();
    expect(await world.openTransactions()).toBe(0);
    await expect(slug()).rejects.toThrow('reads no more');
    await world.sql(`UPDATE team SET slug = 'alpha'`);
  });

  it('cannot write, and sees the rows of its teams only', async () => {
    const session = createReadSource(world.counting.db, PATIENT.reads).open(scope);
    await expect(
      session.query(`UPDATE team SET name = 'x' RETURNING 1 AS one`, []),
    ).rejects.toThrow('read-only transaction');
    await session.close();
    const stranger = createReadSource(world.counting.db, PATIENT.reads).open({
      userId: 1n,
      teamIds: [],
    });
    expect(await stranger.db.pullRequest.count()).toBe(0);
    expect(await ROWS_BY_KEY.Team(stranger, [{ teamId: BigInt(team.teamId) }])).toEqual([null]);
    await stranger.close();
  });

  it('is OVERLOADED when no connection is free in time, and works again when one is', async () => {
    const small = openCountingDatabase(world.applicationUrl, 1);
    const patient = createReadSource(small.db, PATIENT.reads);
    const hasty = createReadSource(small.db, { ...PATIENT.reads, maxWaitMs: 100 });
    const first = patient.open(scope);
    const second = hasty.open(scope);
    await first.query(SLEEP, [0]);
    await expect(second.query(SLEEP, [0])).rejects.toMatchObject({ code: 'OVERLOADED' });
    await second.close();
    await expect(
      findIdentities(small.db, [new Uint8Array(32)], { maxWaitMs: 100 }),
    ).rejects.toMatchObject({
      code: 'OVERLOADED',
    });
    await first.close();
    const third = patient.open(scope);
    await expect(third.query(SLEEP, [0])).resolves.toHaveLength(1);
    await third.close();
    await small.close();
  });

  it('cuts a slow statement, and gives the connection back', async () => {
    const small = openCountingDatabase(world.applicationUrl, 1);
    const source = createReadSource(small.db, { ...PATIENT.reads, holdMs: 500 });
    const session = source.open(scope);
    await expect(session.query(SLEEP, [30])).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await session.close();
    const next = source.open(scope);
    await expect(next.query(SLEEP, [0])).resolves.toHaveLength(1);
    await next.close();
    await small.close();
  });

  it('is ended when it is held for too long', async () => {
    const source = createReadSource(world.counting.db, { ...PATIENT.reads, holdMs: 500 });
    const session = source.open(scope);
    await session.query(SLEEP, [0]);
    await eventually(async () => expect(await world.openTransactions()).toBe(0));
    await expect(session.query(SLEEP, [0])).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await session.close();
  });

  it('says that the database is away', async () => {
    const nowhere = openCountingDatabase('postgresql://nobody@127.0.0.1:1/nothing');
    const session = createReadSource(nowhere.db, PATIENT.reads).open(scope);
    await expect(session.query(SLEEP, [0])).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await session.close();
    await nowhere.close();
  });

  it('closes the transaction of a request that fails', async () => {
    const { errors } = await world.ask(
      team.viewerToken,
      `{ team(slug: "alpha") { name repository(name: "nonsense") { id } } }`,
    );
    expect(errors).toHaveLength(1);
    expect(await world.openTransactions()).toBe(0);
  });

  it('reads by SQL the very rows that Prisma reads', async () => {
    const session = createReadSource(world.counting.db, PATIENT.reads).open(scope);
    const { db } = session;
    const teamId = BigInt(team.teamId);
    const page = { first: 10, after: null };
    const [pullRequest] = await db.pullRequest.findMany({ orderBy: { id: 'asc' } });
    const child = [teamId, pullRequest?.id ?? 0n];
    const pairs: readonly (readonly [Promise<object[][]>, Promise<object[]>])[] = [
      [
        TEAM_PULL_REQUESTS.read(session, [[teamId]], page),
        // Texts of any length are read only where they are asked for; how far a walk is, nowhere.
        db.pullRequest.findMany({
          orderBy: { id: 'desc' },
          omit: { body: true, reviewCommentsAt: true },
        }),
      ],
      [
        TEAM_REPOSITORIES.read(session, [[teamId]], page),
        // How the walk goes, and what reconcile found, are reads of their own.
        db.repository.findMany({
          orderBy: { id: 'asc' },
          omit: { pageStreak: true, lastVerifiedAt: true, completeness: true },
        }),
      ],
      [
        TEAM_MEMBERS.read(session, [[teamId]], page),
        db.member.findMany({ orderBy: { id: 'asc' } }),
      ],
      [TEAM_SYNC_RUNS.read(session, [[teamId]], page), db.syncRun.findMany({})],
      [
        PULL_REQUEST_REVIEWS.read(session, [child], page),
        db.review.findMany({
          where: { pullRequestId: child[1] ?? 0n },
          orderBy: { githubId: 'asc' },
        }),
      ],
      [
        PULL_REQUEST_COMMITS.read(session, [child], page),
        db.commit.findMany({ where: { pullRequestId: child[1] ?? 0n }, orderBy: { sha: 'asc' } }),
      ],
      [
        PULL_REQUEST_FILES.read(session, [child], page),
        db.pullRequestFile.findMany({
          where: { pullRequestId: child[1] ?? 0n },
          orderBy: { path: 'asc' },
        }),
      ],
    ];
    for (const [bySql, byPrisma] of pairs) {
      const expected = await byPrisma;
      expect(expected.length).toBeGreaterThan(0);
      const [rows = []] = await bySql;
      expect(rows).toEqual(expected.map((row) => ({ ordinal: 1, ...row })));
    }
    expect(await ROWS_BY_KEY.Team(session, [{ teamId }])).toEqual(await db.team.findMany({}));
    await session.close();
  });
});
