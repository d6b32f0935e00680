import { describe, expect, it } from 'vitest';
import { requestDeadLetterRetry } from '../../../../src/db/sync/dead-letter-retries.ts';
import { saveVerifiedMonths } from '../../../../src/db/sync/reconcile.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { rawPullRequest } from '../../../unit/github/pulls/raw-facts.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';
import { answerWith } from './answered-page.ts';
import { at, pull, times } from './long-pull-requests.ts';

const SMALL = { reviews: 1, comments: 1, commits: 1, files: 1, labels: 1 };
const OLD = times(60, (index) => pull(index + 1, SMALL, { updatedAt: at(index * 1_000) }));

/** All of them changed a day later: three pages of news. */
const CHANGED = OLD.map((one) => ({
  ...one,
  title: 'Changed',
  updatedAt: at(100_000 + one.number * 1_000),
}));

const open = useStageWorlds();

/** A world of these pull requests that were synced whole, by the clock of the database. */
async function openSynced(): Promise<StageWorld> {
  const of = await open(aSource(OLD));
  of.setNow(new Date());
  await of.syncPullRequests(SINCE);
  expect(await of.rows(STORED)).toEqual([[60, 0]]);
  return of;
}

/** Has GitHub answer a page of the syncs that follow, counted from 1, with this. */
function answerPage(
  of: StageWorld,
  page: number,
  answer: Parameters<typeof answerWith>[0],
  requests = 1,
): void {
  let pages = 0;
  of.onFailpoint((failpoint) => {
    pages += failpoint === 'before-fetch' ? 1 : 0;
    if (failpoint === 'before-fetch' && pages === page) {
      of.github.failNext(answerWith(answer), requests);
    }
  });
}

const STORED = `SELECT count(*)::int, count(*) FILTER (WHERE title = 'Changed')::int FROM pull_request`;
const WATERMARK = 'SELECT complete_from, watermark FROM repository';
const OPEN = `SELECT natural_key, reason_code FROM dead_letter WHERE resolved_at IS NULL ORDER BY 1`;
const RUNS = `SELECT kind, status FROM sync_run WHERE repository_id IS NOT NULL ORDER BY id`;

const MORE = { pageInfo: { hasNextPage: true, endCursor: null } };
const REPEATED = times(25, () => rawPullRequest({ number: 30, updatedAt: CHANGED[29]?.updatedAt }));
const BAD_PAGES: readonly [string, object][] = [
  ['has no list', { totalCount: 60, nodes: null }],
  ['has one number again and again', { totalCount: 60, nodes: REPEATED }],
  ['says that there is more, and not where', { totalCount: 60, nodes: [], ...MORE }],
  [
    'says that there is more, at a cursor that is none',
    { totalCount: 60, nodes: [], pageInfo: { hasNextPage: true, endCursor: 'a\u0000b' } },
  ],
  ['counts fewer than it lists', { totalCount: 0, nodes: [rawPullRequest({ number: 30 })] }],
];

describe('a later page of an incremental sync that', () => {
  it.each(BAD_PAGES)(
    '%s hides nothing for good: the sync after the pause stores what was missing',
    async (_what, page) => {
      const of = await openSynced();
      const before = await of.rows(WATERMARK);
      of.github.setSource(aSource(CHANGED));
      answerPage(of, 2, page);
      await of.syncPullRequests(null);
      expect((await of.rows(RUNS)).at(-1)).toEqual(['INCREMENTAL', 'PARTIAL']);
      const [[, changed]] = (await of.rows(STORED)) as [[number, number]];
      expect(changed).toBeLessThan(60);
      expect(await of.rows(OPEN)).toContainEqual(['unknown', 'CONTRADICTORY']);

      await of.scene.sql.query(
        `UPDATE dead_letter SET last_seen_at = last_seen_at - interval '1 hour'`,
      );
      await of.syncPullRequests(null);
      expect(await of.rows(STORED)).toEqual([[60, 60]]);
      expect(await of.rows(OPEN)).toEqual([]);
      expect((await of.rows(RUNS)).at(-1)).toEqual(['INCREMENTAL', 'COMPLETED']);
      expect(await of.rows(WATERMARK)).toEqual([
        [before[0]?.[0], new Date(CHANGED[59]?.updatedAt ?? '')],
      ]);
    },
  );

  it('shows nothing of one pull request and gives it no number moves the watermark on, as before', async () => {
    const of = await openSynced();
    of.github.setSource(aSource(CHANGED));
    const nodes = [null, rawPullRequest({ number: 30, updatedAt: CHANGED[29]?.updatedAt })];
    // The question for its number, which follows, is answered the same.
    answerPage(of, 2, { totalCount: 60, nodes }, 2);
    await of.syncPullRequests(SINCE);
    expect(await of.rows(OPEN)).toContainEqual(['unknown', 'WITHHELD']);
    const [[, watermark]] = (await of.rows(WATERMARK)) as [[Date, Date]];
    expect(watermark).toEqual(new Date(CHANGED[59]?.updatedAt ?? ''));
  });
});

it('a sync whose newest deployment did not come moves the watermark on, and only the first one is partial', async () => {
  const of = await openSynced();
  const heads = {
    deploymentHead: { deployments: { nodes: null } },
    releaseHead: { releases: { nodes: [] } },
  };
  const changes = [200_000, 300_000].map((second) => at(second));
  for (const updatedAt of changes) {
    const bad = answerWith({ totalCount: 60, nodes: [rawPullRequest({ number: 60, updatedAt })] });
    of.github.failNext({ ...bad, body: { data: { ...bad.body.data, ...heads } } });
    await of.syncPullRequests(SINCE);
    const [[, watermark]] = (await of.rows(WATERMARK)) as [[Date, Date]];
    expect(watermark).toEqual(new Date(updatedAt));
    expect(await of.rows(OPEN)).toEqual([['heads', 'CONTRADICTORY']]);
  }
  expect((await of.rows(RUNS)).slice(-2)).toEqual([
    ['INCREMENTAL', 'PARTIAL'],
    ['INCREMENTAL', 'COMPLETED'],
  ]);
  await of.syncPullRequests(SINCE);
  expect(await of.rows(OPEN)).toEqual([]);
});

describe('pages of which each says that there is more', () => {
  it.each([
    ['in turns', 60, (page: number) => 'AB'.charAt(page % 2), 4],
    ['in a round of seven', 60, (page: number) => `page ${page % 7}`, 15],
    ['ever anew', 5, (page: number) => `page ${page}`, 110],
  ])(
    '%s are read no further, and the sync after the pause stores what they hid',
    async (_what, totalCount, endCursorOf, requests) => {
      const of = await openSynced();
      const [[, before]] = (await of.rows(WATERMARK)) as [[Date, Date]];
      of.github.setSource(aSource(CHANGED));
      const node = rawPullRequest({ number: 30, updatedAt: CHANGED[29]?.updatedAt });
      for (let page = 0; page < 120; page += 1) {
        const pageInfo = { hasNextPage: true, endCursor: endCursorOf(page) };
        of.github.failNext(answerWith({ totalCount, nodes: [node], pageInfo }));
      }
      const asked = of.github.stats().requests.graphql;
      await of.syncPullRequests(SINCE);
      expect(of.github.stats().requests.graphql - asked).toBe(requests);
      expect((await of.rows(RUNS)).at(-1)).toEqual(['INCREMENTAL', 'PARTIAL']);
      expect(await of.rows(OPEN)).toEqual([['unknown', 'CONTRADICTORY']]);
      expect(await of.rows(STORED)).toEqual([[60, 0]]);
      expect(await of.rows(WATERMARK)).toEqual([[SINCE, new Date(CHANGED[29]?.updatedAt ?? '')]]);
      // The watermark is past what they hid: the range that is unread begins where the sync began, before it.
      const [[unreadSince]] = (await of.rows('SELECT unread_since FROM dead_letter')) as [[Date]];
      expect(unreadSince).toEqual(new Date(before.getTime() - 5 * 60_000));

      of.github.clearFaults();
      await of.syncPullRequests(null);
      expect(await of.rows(OPEN)).toEqual([['unknown', 'CONTRADICTORY']]);
      await of.scene.sql.query(
        `UPDATE dead_letter SET last_seen_at = last_seen_at - interval '1 hour'`,
      );
      await of.syncPullRequests(null);
      expect(await of.rows(STORED)).toEqual([[60, 60]]);
      expect(await of.rows(OPEN)).toEqual([]);
    },
  );
});

describe('a page that contradicts itself', () => {
  it('of a first backfill leaves it unfinished: the next sync goes as far back, whatever it is asked for', async () => {
    const of = await open(aSource(OLD));
    of.setNow(new Date());
    answerPage(of, 2, { totalCount: 60, nodes: null });
    await of.syncPullRequests(SINCE);
    const [[completeFrom]] = (await of.rows(WATERMARK)) as [[Date | null, Date | null]];
    expect(completeFrom).toBeNull();
    await of.syncPullRequests(new Date('2026-11-01T00:00:00Z'));
    expect(await of.rows(STORED)).toEqual([[60, 0]]);
    expect(await of.rows(OPEN)).toEqual([]);
    expect(await of.rows(WATERMARK)).toEqual([[SINCE, new Date(at(59_000))]]);
  });

  it('of a backfill further back has the next sync go back there too', async () => {
    const of = await openSynced();
    const earlier = new Date('2025-01-01T00:00:00Z');
    answerPage(of, 2, { totalCount: 60, nodes: null });
    await of.syncPullRequests(earlier);
    const [[completeFrom]] = (await of.rows(WATERMARK)) as [[Date, Date]];
    expect(completeFrom).toEqual(SINCE);
    await of.syncPullRequests(SINCE);
    expect((await of.rows(RUNS)).at(-1)).toEqual(['BACKFILL', 'COMPLETED']);
    expect(await of.rows(WATERMARK)).toEqual([[earlier, new Date(at(59_000))]]);
    expect(await of.rows(OPEN)).toEqual([]);
  });

  it('is not taken as read by a comparison of counts, which shows no updates', async () => {
    const of = await openSynced();
    of.github.setSource(aSource(CHANGED));
    answerPage(of, 2, { totalCount: 60, nodes: null });
    await of.syncPullRequests(SINCE);
    await withTeam(of.scene.db, of.teamId, (tx) =>
      saveVerifiedMonths(tx, of, [{ month: '2026-03-01', onGitHub: 60, stored: 60 }], {
        at: new Date(Date.now() + 60_000),
        keepsRepaired: false,
      }),
    );
    expect(await of.rows('SELECT completeness::int FROM repository')).toEqual([[1]]);
    expect(await of.rows(OPEN)).toEqual([['unknown', 'CONTRADICTORY']]);
  });

  it.each(['WITHHELD', 'CONTRADICTORY'])(
    'is read again also where something without a number, %s, is open since before the last week',
    async (code) => {
      const of = await openSynced();
      await of.scene.sql.query(
        `INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, first_seen_at, last_seen_at)
        SELECT team_id, id, 'pull_request', 'unknown', $1, 'old', now() - interval '9 days', now() - interval '9 days'
        FROM repository`,
        [code],
      );
      of.github.setSource(aSource(CHANGED));
      answerPage(of, 2, { totalCount: 60, nodes: null });
      await of.syncPullRequests(null);
      expect((await of.rows(RUNS)).at(-1)).toEqual(['INCREMENTAL', 'PARTIAL']);
      await of.scene.sql.query(
        `UPDATE dead_letter SET last_seen_at = last_seen_at - interval '1 hour'`,
      );
      await of.syncPullRequests(null);
      expect(await of.rows(STORED)).toEqual([[60, 60]]);
      expect(await of.rows(OPEN)).toEqual([]);
    },
  );

  it('is read again for a week; later an admin has all of the repository read again', async () => {
    const of = await openSynced();
    of.github.setSource(aSource(CHANGED));
    answerPage(of, 2, { totalCount: 60, nodes: null });
    await of.syncPullRequests(null);
    await of.scene.sql.query(
      `UPDATE dead_letter SET first_seen_at = first_seen_at - interval '8 days', last_seen_at = last_seen_at - interval '8 days'`,
    );
    answerPage(of, 2, { totalCount: 60, nodes: null });
    await of.syncPullRequests(null);
    const [[, watermark]] = (await of.rows(WATERMARK)) as [[Date, Date]];
    expect(watermark).toEqual(new Date(CHANGED[59]?.updatedAt ?? ''));
    of.onFailpoint(null);
    await of.syncPullRequests(null);
    expect(await of.rows(OPEN)).toEqual([['unknown', 'CONTRADICTORY']]);

    const retry = { teamId: of.teamId, repositoryId: of.repositoryId };
    const { result } = await withTeam(of.scene.db, of.teamId, (tx) =>
      requestDeadLetterRetry(tx, retry),
    );
    expect(result.letters).toBe(1);
    await of.syncPullRequests(null);
    expect(await of.rows(STORED)).toEqual([[60, 60]]);
    expect(await of.rows(OPEN)).toEqual([]);
  });
});
