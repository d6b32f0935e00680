import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReadSource } from '../../../../src/db/reads/read-source.ts';
import { PATIENT } from '../../../support/patience.ts';
import { createApiWorld, type ApiWorld, type GraphqlError } from '../api-world.ts';
import { globalId, seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';
import { lockTable } from '../table-lock.ts';

let world: ApiWorld;
let team: SeededTeam;
let pullRequestId: string;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
  const [id = ''] = await seedPullRequests(world, team, { count: 3 });
  pullRequestId = globalId.row('PullRequest', team.teamId, id);
});

afterAll(async () => {
  await world?.close();
});

/** The code of each field that failed. */
const codesOf = (errors: readonly GraphqlError[]) =>
  Object.fromEntries(errors.map(({ path, extensions }) => [path?.[0], extensions?.code]));

/** Sessions whose statements are cut soon, by the wait for a lock or by the time limit of a statement. */
const CUTS = [
  ['OVERLOADED', 'waits for a lock', { lockMs: 100 }],
  ['LIMIT_EXCEEDED', 'takes too long', { holdMs: 500 }],
] as const;

describe.each(CUTS)('a statement that fails with %s because it %s', (code, _why, limits) => {
  const deadlines = { ...PATIENT, reads: { ...PATIENT.reads, ...limits } };

  it('answers no field with null that was never read, and every one with the same code', async () => {
    await lockTable(world, 'team');
    const fields = [
      'a: team(slug: "alpha") { name }',
      `b: team(id: "${globalId.team(team.teamId)}") { name }`,
      `c: node(id: "${globalId.team(team.teamId)}") { id }`,
      `d: node(id: "${pullRequestId}") { id }`,
      `e: node(id: "${globalId.row('Repository', team.teamId, team.repositoryIds[0] ?? '')}") { id }`,
    ];
    const { data, errors } = await world.ask<Readonly<Record<string, unknown>>>(
      team.viewerToken,
      `{ ${fields.join(' ')} }`,
      {},
      world.createGateway({ deadlines }),
    );
    const codes = codesOf(errors);
    // What was read before the failing statement may be answered; nothing is null without its error.
    const missing = Object.keys(data).filter((name) => data[name] === null);
    expect(codes).toEqual(Object.fromEntries(missing.map((name) => [name, code])));
    expect(missing).toEqual(expect.arrayContaining(['a', 'b', 'c']));
  });

  it('rejects what stands behind it in the same tick, model reads and raw reads alike', async () => {
    await lockTable(world, 'team');
    const session = createReadSource(world.counting.db, deadlines.reads).open({
      userId: 1n,
      teamIds: [BigInt(team.teamId)],
    });
    const { db } = session;
    const outcomes = await Promise.allSettled([
      db.team.findFirst({}),
      db.member.count(),
      db.team.findFirst({}),
      db.repository.findMany({}),
      session.query('SELECT 1 AS one', []),
      session.query('SELECT name FROM team', []),
    ]);
    expect(outcomes).toEqual(
      Array.from({ length: 6 }, () => ({
        status: 'rejected',
        reason: expect.objectContaining({ code }) as object,
      })),
    );
    await session.close();
  });

  it('is over with its answer: the next one reads again', async () => {
    const { data, errors } = await world.ask(
      team.viewerToken,
      '{ team(slug: "alpha") { name } teams { totalCount nodes { slug } } }',
      {},
      world.createGateway({ deadlines: PATIENT }),
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      team: { name: 'Team alpha' },
      teams: { totalCount: 1, nodes: [{ slug: 'alpha' }] },
    });
  });
});

describe('a statement that is a defect', () => {
  it('rejects what stands behind it with itself, and nothing is undefined', async () => {
    const session = createReadSource(world.counting.db, PATIENT.reads).open({
      userId: 1n,
      teamIds: [BigInt(team.teamId)],
    });
    const [before, failing, raw, model] = await Promise.allSettled([
      session.query('SELECT 1 AS one', []),
      session.query('SELECT 1 / 0 AS infinite', []),
      session.query('SELECT 2 AS two', []),
      session.db.team.findFirst({}),
    ]);
    expect(before).toEqual({ status: 'fulfilled', value: [{ one: 1 }] });
    expect(failing).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('division by zero') as string },
    });
    expect([raw, model]).toEqual([failing, failing]);
    await session.close();
  });

  it('that Prisma refuses before it is sent leaves the others as they are', async () => {
    const session = createReadSource(world.counting.db, PATIENT.reads).open({
      userId: 1n,
      teamIds: [BigInt(team.teamId)],
    });
    const [refused, missing, next] = await Promise.allSettled([
      session.db.team.findFirst({ where: { nonsense: 1 } } as never),
      session.db.team.findFirstOrThrow({ where: { slug: 'nowhere' } }),
      session.db.team.findFirst({}),
    ]);
    expect([refused.status, missing.status]).toEqual(['rejected', 'rejected']);
    expect(next).toMatchObject({ status: 'fulfilled', value: { slug: 'alpha' } });
    await session.close();
  });
});
