import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { rollUp } from '../../db/rollups/stored-member-weeks.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { at, expected, INCOMPLETE, pull, readStored } from './long-pull-requests.ts';
import type {
  GitHubContext,
  WithRequestSlot,
} from '../../../../src/activities/requests/request-slot.ts';
import { continueNestedLists } from '../../../../src/activities/pulls/read-nested-lists.ts';
import type { GitHub } from '../../../../src/github/client.ts';
import { NOW, openStageWorld, SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';

const open = useStageWorlds();

const OPEN_LISTS = 'SELECT list FROM nested_list UNION ALL SELECT list FROM nested_list_key';

/** Runs the stage to its end; each attempt is broken off at its first COMMIT, after it. */
async function runKilled(of: StageWorld): Promise<number> {
  let kills = 0;
  of.onFailpoint((failpoint) => {
    if (failpoint === 'after-commit') {
      kills += 1;
      throw new Error('killed');
    }
  });
  await of.run('NESTED_LISTS');
  of.onFailpoint(null);
  return kills;
}

const HUGE = pull(7, { reviews: 1_001, comments: 3, commits: 1_001, files: 3_000, labels: 25 });

const LARGE = pull(7, { reviews: 130, comments: 0, commits: 70, files: 1, labels: 0 });

describe('nested lists that are longer than their first page', () => {
  it('are read to their end, row for row, and the pull request counts only then', async () => {
    const of = await open(aSource([HUGE]));
    const { syncPullRequests, run, rows } = of;
    expect(await syncPullRequests(SINCE)).toContain('NESTED_LISTS');
    expect(await rows(INCOMPLETE)).toEqual([[7]]);
    await rollUp(of.scene.db, of);
    expect(await rows('SELECT count(*)::int FROM weekly_metrics')).toEqual([[0]]);
    await run('NESTED_LISTS');
    expect(await readStored(of)).toEqual(expected([HUGE]));
    expect(await rows(OPEN_LISTS)).toEqual([]);
    expect(await rows(INCOMPLETE)).toEqual([]);
    await rollUp(of.scene.db, of);
    expect(
      await rows(`SELECT sum(pull_requests_merged)::int, sum(reviews_submitted)::int, sum(commits)::int
        FROM weekly_metrics`),
    ).toEqual([[1, 1_001, 1_001]]);
    const [[requests, nested] = []] = await rows(
      'SELECT requests, nested_rows FROM sync_run WHERE repository_id IS NOT NULL',
    );
    expect(requests).toBe(of.github.stats().requests.graphql);
    // The merge is an event of the timeline, too.
    expect(nested).toBe(1_001 + 3 + 1 - 60 + (1_001 - 60) + (3_000 - 100) + (25 - 20));
  });

  it('have phases of all of their rows', async () => {
    const { syncPullRequests, run, rows } = await open(aSource([LARGE]));
    await syncPullRequests(SINCE);
    await run('NESTED_LISTS');
    const [[approved, started] = []] = await rows(
      'SELECT last_approval_at, started_at FROM pull_request',
    );
    expect(approved).toEqual(new Date(LARGE.reviews.at(-1)?.submittedAt ?? ''));
    expect(started).toEqual(new Date(LARGE.commits[0]?.author.date ?? ''));
  });

  it('are the same when the worker is killed after every COMMIT', async () => {
    const of = await open(aSource([HUGE]));
    await of.syncPullRequests(SINCE);
    expect(await runKilled(of)).toBeGreaterThan(40);
    expect(await readStored(of)).toEqual(expected([HUGE]));
    expect(await of.rows(OPEN_LISTS)).toEqual([]);
    expect(await of.rows(INCOMPLETE)).toEqual([]);
  });

  it('are equal to the source however their pages fall', async () => {
    const amount = fc.constantFrom(0, 1, 59, 60, 61, 100, 101, 160, 161, 260);
    const amounts = fc.record({
      reviews: amount,
      comments: amount,
      commits: amount,
      files: amount,
      labels: fc.constantFrom(0, 20, 21),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(amounts, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (all, isKilled) => {
          const pulls = all.map((one, index) => pull(index + 1, one));
          const of = await openStageWorld(aSource(pulls), NOW);
          try {
            await of.syncPullRequests(SINCE);
            await (isKilled ? runKilled(of) : of.run('NESTED_LISTS'));
            expect(await readStored(of)).toEqual(expected(pulls));
            expect(await of.rows(OPEN_LISTS)).toEqual([]);
            expect(await of.rows(INCOMPLETE)).toEqual([]);
          } finally {
            await of.close();
          }
        },
      ),
      { numRuns: 6, endOnFailure: true },
    );
  });

  it('begin anew with an update, and lose what GitHub does not list any more', async () => {
    const amounts = { reviews: 100, comments: 0, commits: 130, files: 120, labels: 0 };
    const before = pull(1, amounts);
    const of = await open(aSource([before]));
    await of.syncPullRequests(SINCE);
    await of.run('NESTED_LISTS');
    // A force push: other commits, fewer files, and a review less.
    const after = {
      ...before,
      updatedAt: at(9_500),
      commits: pull(2, amounts).commits.slice(0, 110),
      files: (before.files ?? []).slice(10),
      reviews: before.reviews.slice(1),
    };
    of.github.setSource(aSource([after]));
    expect(await of.syncPullRequests(SINCE)).toContain('NESTED_LISTS');
    expect(await of.rows(INCOMPLETE)).toEqual([[1]]);
    await of.run('NESTED_LISTS');
    expect(await readStored(of)).toEqual(expected([after]));
    expect(await of.rows(INCOMPLETE)).toEqual([]);
  });

  it('are not read again while nothing changed: such a sync is one request', async () => {
    const of = await open(aSource([LARGE]));
    await of.syncPullRequests(SINCE);
    await of.run('NESTED_LISTS');
    await of.rows(`UPDATE repository_stage SET is_due = false`);
    await of.rows(`UPDATE sync_run SET status = 'COMPLETED', finished_at = now()`);
    const asked = of.github.stats().requests.graphql;
    expect(await of.syncPullRequests(SINCE)).toEqual([]);
    expect(of.github.stats().requests.graphql - asked).toBe(1);
    expect(await of.rows(INCOMPLETE)).toEqual([]);
  });

  it('of a pull request that is gone meanwhile are dropped, and it does not count', async () => {
    const of = await open(aSource([LARGE]));
    await of.syncPullRequests(SINCE);
    of.github.setSource(aSource([]));
    await of.run('NESTED_LISTS');
    expect(await of.rows(OPEN_LISTS)).toEqual([]);
    expect(await of.rows(INCOMPLETE)).toEqual([[7]]);
  });

  it('that another sync has read while this one waited for its request slot are not asked for again', async () => {
    const of = await open(aSource([LARGE]));
    await of.syncPullRequests(SINCE);
    const asked = vi.fn<GitHub['fetchNestedPages']>();
    const withRequestSlot: WithRequestSlot = async (_scope, ask) => {
      await of.rows('DELETE FROM nested_list_key');
      await of.rows('DELETE FROM nested_list');
      return ask({ fetchNestedPages: asked } as unknown as GitHub);
    };
    const context = { db: of.scene.db, withRequestSlot } as unknown as GitHubContext;
    const [[syncRunId, connectionId]] = (await of.rows(
      'SELECT max(s.id), max(c.id) FROM sync_run s, github_connection c',
    )) as [[string, string]];
    const { teamId, repositoryId } = of;
    const run = {
      teamId,
      repositoryId,
      syncRunId: BigInt(syncRunId),
      repository: { owner: 'acme', name: 'api' },
      since: SINCE,
      onProgress: () => undefined,
      scope: { teamId, repositoryId, connectionId: BigInt(connectionId), priority: 'BACKGROUND' },
    } as const;
    expect(await continueNestedLists(context, run)).toEqual({ next: 'DONE' });
    expect(asked).not.toHaveBeenCalled();
  });
});

describe('a nested list whose pages each say that it goes on', () => {
  it.each([
    ['in turns', (page: number) => 'AB'.charAt(page % 2), 3],
    ['in a round of five', (page: number) => `page ${page % 5}`, 12],
  ])(
    '%s is read no further, and dead-lettered with its pull request',
    async (_what, cursorOf, pages) => {
      const labels = pull(7, { reviews: 1, comments: 0, commits: 1, files: 1, labels: 25 });
      const of = await open(aSource([labels]));
      await of.syncPullRequests(SINCE);
      // The first page came with the pull request, and has a cursor of its own.
      for (let page = 0; page < 20; page += 1) {
        const pageInfo = { hasNextPage: true, endCursor: cursorOf(page) };
        const l0 = {
          fullDatabaseId: String(labels.databaseId),
          headRefOid: labels.headOid,
          labels: { nodes: [{ name: 'again' }], pageInfo },
        };
        const data = { rateLimit: null, repository: { l0 } };
        of.github.failNext({ status: 200, body: { data } });
      }
      const before = of.github.stats().requests.graphql;
      await of.run('NESTED_LISTS');
      expect(of.github.stats().requests.graphql - before).toBe(pages);
      expect(await of.rows(INCOMPLETE)).toEqual([[7]]);
      expect(await of.rows('SELECT natural_key, reason FROM dead_letter')).toEqual([
        ['7', expect.stringContaining('do not move on')],
      ]);
    },
  );
});
