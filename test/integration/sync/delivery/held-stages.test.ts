import { describe, expect, it } from 'vitest';
import { requestDeadLetterRetry } from '../../../../src/db/sync/dead-letter-retries.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { SyncStage } from '../../../../src/domain/sync/sync-stage.ts';
import { day, sourceOf } from './daily-source.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';

const STAGES = [
  ['RELEASES', 'releases', 'release'],
  ['DEPLOYMENTS', 'deployments', 'deployment'],
] as const;

/** The newest of them, as GitHub answers it. */
const RAW = {
  RELEASES: {
    databaseId: 6,
    tagName: 'v6',
    name: null,
    url: 'https://github.test/v6',
    tagCommit: null,
    isDraft: false,
    isPrerelease: false,
    author: null,
    createdAt: day(6),
    publishedAt: day(6),
  },
  DEPLOYMENTS: {
    id: 'six',
    databaseId: 6,
    environment: 'production',
    ref: null,
    commitOid: '6'.padStart(40, '0'),
    state: 'FAILURE',
    description: null,
    createdAt: day(6),
    creator: null,
    statuses: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } },
  },
};

const open = useStageWorlds();

async function openRead(stage: SyncStage, days: readonly number[]): Promise<StageWorld> {
  const of = await open(sourceOf(days));
  await of.syncPullRequests(SINCE);
  await of.run(stage);
  return of;
}

/** A sync in which the stage is due, and is run. */
async function syncStage(of: StageWorld, stage: SyncStage): Promise<void> {
  expect(await of.syncPullRequests(SINCE)).toContain(stage);
  await of.run(stage);
}

/** Has GitHub answer the next request for the list with these entries, and say that they are all. */
function answerOnce(of: StageWorld, list: string, nodes: readonly (object | null)[] | null): void {
  const page = { nodes, pageInfo: { hasNextPage: false, endCursor: null } };
  const data = { rateLimit: null, repository: { [list]: page } };
  of.github.failNext({ status: 200, body: { data } });
}

/** Makes what was tried last so many hours older. */
async function passHours(of: StageWorld, hours: number): Promise<void> {
  await of.scene.sql.query(
    `UPDATE dead_letter SET first_seen_at = first_seen_at - make_interval(hours => $1),
      last_seen_at = last_seen_at - make_interval(hours => $1)`,
    [hours],
  );
}

const marksOf = (of: StageWorld, stage: SyncStage) =>
  of.rows(`SELECT complete_from, watermark FROM repository_stage WHERE stage = '${stage}'`);
const storedIn = async (of: StageWorld, table: string): Promise<unknown[]> =>
  (await of.rows(`SELECT github_id::int FROM ${table} ORDER BY 1`)).flat();
const OPEN = `SELECT natural_key, reason_code FROM dead_letter WHERE resolved_at IS NULL ORDER BY 1`;

describe.each(STAGES)('the stage %s', (stage, list, table) => {
  it.each([
    ['has no list', { nodes: null, pageInfo: { hasNextPage: false, endCursor: null } }],
    ['goes on nobody knows where', { nodes: [], pageInfo: { hasNextPage: true, endCursor: null } }],
    ['has empty entries', { nodes: [null], pageInfo: { hasNextPage: false, endCursor: null } }],
  ])('whose page %s holds its watermark, and the next one reads it again', async (_what, page) => {
    const of = await openRead(stage, [2, 3]);
    const before = await marksOf(of, stage);
    of.github.setSource(sourceOf([2, 3, 5, 6]));
    await of.syncPullRequests(SINCE);
    of.github.failNext({
      status: 200,
      body: { data: { rateLimit: null, repository: { [list]: page } } },
    });
    await of.run(stage);
    expect(await of.finish()).toBe('PARTIAL');
    expect(await marksOf(of, stage)).toEqual(before);
    expect(await of.rows(OPEN)).toEqual([['unknown', 'CONTRADICTORY']]);

    await syncStage(of, stage);
    expect(await of.finish()).toBe('COMPLETED');
    expect(await storedIn(of, table)).toEqual([2, 3, 5, 6]);
    expect(await of.rows(OPEN)).toEqual([]);
    expect(await marksOf(of, stage)).toEqual([[before[0]?.[0], new Date(day(6))]]);
  });

  it('has not been read to the end while its first pages are dead letters', async () => {
    const of = await open(sourceOf([2, 3]));
    await of.syncPullRequests(SINCE);
    const page = { nodes: null, pageInfo: { hasNextPage: false, endCursor: null } };
    of.github.failNext({
      status: 200,
      body: { data: { rateLimit: null, repository: { [list]: page } } },
    });
    await of.run(stage);
    expect(await marksOf(of, stage)).toEqual([[null, null]]);
    await syncStage(of, stage);
    expect(await storedIn(of, table)).toEqual([2, 3]);
    expect(await marksOf(of, stage)).toEqual([[SINCE, new Date(day(3))]]);
  });

  it('is due in every sync while it has dead letters, also where GitHub has nothing new', async () => {
    const of = await openRead(stage, [2, 3]);
    of.github.setSource(sourceOf([2, 3, 5, 6], [5]));
    await syncStage(of, stage);
    await syncStage(of, stage);
    expect(await of.rows(OPEN)).toEqual([['5', 'UNREADABLE']]);
    of.github.setSource(sourceOf([2, 3, 5, 6]));
    await syncStage(of, stage);
    expect(await of.rows(OPEN)).toEqual([]);
    expect(await storedIn(of, table)).toEqual([2, 3, 5, 6]);
    expect(await of.syncPullRequests(SINCE)).not.toContain(stage);
  });

  it('holds its watermark also where something without a number is open since before the last week', async () => {
    const of = await openRead(stage, [2, 3]);
    await of.finish();
    await of.scene.sql.query(
      `INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, first_seen_at, last_seen_at)
      SELECT team_id, id, $1, 'unknown', 'CONTRADICTORY', 'old', now() - interval '9 days', now() - interval '9 days'
      FROM repository`,
      [list],
    );
    const before = await marksOf(of, stage);
    of.github.setSource(sourceOf([2, 3, 5, 6]));
    expect(await of.syncPullRequests(SINCE)).toContain(stage);
    answerOnce(of, list, [RAW[stage], null]);
    await of.run(stage);
    expect(await marksOf(of, stage)).toEqual(before);
    await passHours(of, 1);
    await syncStage(of, stage);
    expect(await storedIn(of, table)).toEqual([2, 3, 5, 6]);
    expect(await of.rows(OPEN)).toEqual([]);
  });

  it.each([
    ['is listed twice', [RAW[stage], RAW[stage]], '6'],
    ['has empty entries', [null], 'unknown'],
  ])(
    'whose list %s for good is read again after longer and longer pauses, and partial once',
    async (_what, nodes, key) => {
      const of = await openRead(stage, [2, 3]);
      const before = await marksOf(of, stage);
      of.github.setSource(sourceOf([2, 3, 6]));
      const read: number[] = [];
      const ends: unknown[] = [];
      for (let hour = 0; hour <= 10; hour += 1) {
        const due = await of.syncPullRequests(SINCE);
        if (due.includes(stage)) {
          answerOnce(of, list, nodes);
          await of.run(stage);
          read.push(hour);
          ends.push(await of.finish());
        }
        // What is newest on GitHub is stored, so that nothing but the dead letter has the stage read.
        of.github.setSource(sourceOf([2, 3]));
        await passHours(of, 1);
      }
      expect(read).toEqual([0, 1, 5]);
      expect(ends).toEqual(['PARTIAL', 'COMPLETED', 'COMPLETED']);
      expect(await of.rows(OPEN)).toEqual([[key, 'CONTRADICTORY']]);
      expect(await marksOf(of, stage)).toEqual(before);
      of.github.setSource(sourceOf([2, 3, 5, 6]));
      await of.syncPullRequests(SINCE);
      await of.run(stage);
      expect(await storedIn(of, table)).toEqual([2, 3, 5, 6]);
      expect(await of.rows(OPEN)).toEqual([]);
    },
  );

  it('that contradicts itself is due at once where an admin wants it', async () => {
    const of = await openRead(stage, [2, 3]);
    of.github.setSource(sourceOf([2, 3, 6]));
    expect(await of.syncPullRequests(SINCE)).toContain(stage);
    answerOnce(of, list, null);
    await of.run(stage);
    of.github.setSource(sourceOf([2, 3]));
    expect(await of.syncPullRequests(SINCE)).not.toContain(stage);
    const retry = { teamId: of.teamId, repositoryId: of.repositoryId };
    await withTeam(of.scene.db, of.teamId, (tx) => requestDeadLetterRetry(tx, retry));
    await syncStage(of, stage);
    expect(await of.rows(OPEN)).toEqual([]);
  });

  it('resolves nothing where it has met a page that it cannot read', async () => {
    const of = await openRead(stage, [2, 3]);
    of.github.setSource(sourceOf([2, 3, 5, 6], [5]));
    await syncStage(of, stage);
    expect(await of.syncPullRequests(SINCE)).toContain(stage);
    answerOnce(of, list, null);
    await of.run(stage);
    expect(await of.rows(OPEN)).toEqual([
      ['5', 'UNREADABLE'],
      ['unknown', 'CONTRADICTORY'],
    ]);
    of.github.setSource(sourceOf([2, 3, 6]));
    await syncStage(of, stage);
    expect(await of.rows(OPEN)).toEqual([]);
  });

  it('takes what is gone from GitHub off the list', async () => {
    const of = await openRead(stage, [2, 3]);
    of.github.setSource(sourceOf([2, 3, 5, 6], [5]));
    await syncStage(of, stage);
    expect(await of.rows(OPEN)).toEqual([['5', 'UNREADABLE']]);
    of.github.setSource(sourceOf([2, 3, 6]));
    await syncStage(of, stage);
    expect(await of.rows(OPEN)).toEqual([]);
  });

  it('keeps on the list what it met in the same reading', async () => {
    const of = await openRead(stage, [2, 3]);
    of.github.setSource(sourceOf([2, 3, 5, 6], [5]));
    await syncStage(of, stage);
    await syncStage(of, stage);
    expect(await of.rows('SELECT natural_key, attempts, resolved_at FROM dead_letter')).toEqual([
      ['5', 2, null],
    ]);
  });

  it('reads what its watermark has left behind where an admin wants it, and not before', async () => {
    const of = await openRead(stage, [2, 3]);
    of.github.setSource(sourceOf([2, 3, 5, 6, 20], [5]));
    await syncStage(of, stage);
    await of.scene.sql.query(
      `UPDATE dead_letter SET first_seen_at = first_seen_at - interval '8 days'`,
    );
    expect(await of.syncPullRequests(SINCE)).not.toContain(stage);
    await of.setDue(stage);
    await of.run(stage);
    expect(await marksOf(of, stage)).toEqual([[SINCE, new Date(day(20))]]);
    of.github.setSource(sourceOf([2, 3, 5, 6, 20]));
    expect(await of.syncPullRequests(SINCE)).not.toContain(stage);
    // Whatever else has it read leaves this where it is.
    await of.setDue(stage);
    await of.run(stage);
    expect(await of.rows(OPEN)).toEqual([['5', 'UNREADABLE']]);
    const retry = { teamId: of.teamId, repositoryId: of.repositoryId };
    await withTeam(of.scene.db, of.teamId, (tx) => requestDeadLetterRetry(tx, retry));
    await syncStage(of, stage);
    expect(await of.rows(OPEN)).toEqual([]);
    expect(await storedIn(of, table)).toEqual([2, 3, 5, 6, 20]);
  });

  it('keeps the request of an admin until it is read: one that fails before has not done it', async () => {
    const of = await openRead(stage, [2, 3]);
    of.github.setSource(sourceOf([2, 3, 5], [5]));
    await syncStage(of, stage);
    const retry = { teamId: of.teamId, repositoryId: of.repositoryId };
    await withTeam(of.scene.db, of.teamId, (tx) => requestDeadLetterRetry(tx, retry));
    of.github.failNext({ status: 500 });
    await expect(of.step(stage)).rejects.toMatchObject({ kind: 'TRANSIENT' });
    const marked = 'SELECT count(*)::int FROM dead_letter WHERE retry_requested_at IS NOT NULL';
    expect(await of.rows(marked)).toEqual([[1]]);
    await syncStage(of, stage);
    expect(await of.rows(marked)).toEqual([[0]]);
    expect(await of.rows(OPEN)).toEqual([['5', 'UNREADABLE']]);
  });
});
