import { describe, expect, it } from 'vitest';
import type { GitHubData, PullRequestData } from '../../../../src/demo/core/github-data.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { rawPullRequest } from '../../../unit/github/pulls/raw-facts.ts';
import { requestDeadLetterRetry } from '../../../../src/db/sync/dead-letter-retries.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { at, pull, times } from './long-pull-requests.ts';
import { NOW, SINCE, useStageWorlds } from '../stage-world.ts';

const SMALL = { reviews: 1, comments: 1, commits: 1, files: 1, labels: 1 };
const PULLS = times(60, (index) => pull(index + 1, SMALL, { updatedAt: at(index * 1_000) }));

const open = useStageWorlds();

/** The same pull requests, these with an id that no database can hold. */
function poisoned(...numbers: readonly number[]): GitHubData {
  return aSource(
    PULLS.map((one): PullRequestData =>
      numbers.includes(one.number) ? { ...one, databaseId: 0 } : one,
    ),
  );
}

const DEAD_LETTERS = `SELECT natural_key, attempts, resolved_at IS NULL FROM dead_letter ORDER BY natural_key::int`;
const RUNS = `SELECT kind, status, pages FROM sync_run WHERE repository_id IS NOT NULL ORDER BY id`;

describe('a dead-lettered pull request', () => {
  it('does not hold the watermark, and is tried again by its number until it can be stored', async () => {
    const of = await open(poisoned(3));
    await of.syncPullRequests(SINCE);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['3', 1, true]]);
    expect(await of.rows('SELECT watermark FROM repository')).toEqual([[new Date(at(59_000))]]);
    await of.syncPullRequests(SINCE);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['3', 2, true]]);
    of.github.setSource(aSource(PULLS));
    await of.syncPullRequests(SINCE);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['3', 2, false]]);
    expect(await of.rows('SELECT count(*)::int FROM pull_request')).toEqual([[60]]);
    expect(await of.rows(RUNS)).toEqual([
      ['BACKFILL', 'PARTIAL', 2],
      ['INCREMENTAL', 'COMPLETED', 1],
      ['INCREMENTAL', 'COMPLETED', 1],
    ]);
  });

  it('is tried at once where an admin wants it, and more of them than a sync tries by itself', async () => {
    const numbers = times(30, (index) => index + 1);
    const of = await open(poisoned(...numbers));
    await of.syncPullRequests(SINCE);
    of.setNow(new Date());
    await of.syncPullRequests(SINCE);
    await of.syncPullRequests(SINCE);
    const attempts = 'SELECT attempts, count(*)::int FROM dead_letter GROUP BY 1 ORDER BY 1';
    expect(await of.rows(attempts)).toEqual([[2, 30]]);
    const retry = { teamId: of.teamId, repositoryId: of.repositoryId };
    const { result } = await withTeam(of.scene.db, of.teamId, (tx) =>
      requestDeadLetterRetry(tx, retry),
    );
    expect(result).toEqual({ letters: 30, repositories: ['acme/api'] });
    await of.syncPullRequests(SINCE);
    expect(await of.rows(attempts)).toEqual([[3, 30]]);
    await of.syncPullRequests(SINCE);
    expect(await of.rows(attempts)).toEqual([[3, 30]]);
  });

  it('stays requested until it is tried: a sync that waits or fails before has not done it', async () => {
    const of = await open(poisoned(3, 4));
    await of.syncPullRequests(SINCE);
    of.setNow(new Date());
    await of.syncPullRequests(SINCE);
    const retry = { teamId: of.teamId, repositoryId: of.repositoryId };
    await withTeam(of.scene.db, of.teamId, (tx) => requestDeadLetterRetry(tx, retry));
    const marked = 'SELECT count(*)::int FROM dead_letter WHERE retry_requested_at IS NOT NULL';
    of.github.failNext({ status: 401, body: { message: 'Bad credentials' } });
    await expect(of.syncPullRequests(SINCE)).rejects.toMatchObject({ kind: 'UNAUTHORIZED' });
    await of.scene.sql.query(`UPDATE github_connection SET status = 'ACTIVE'`);
    of.github.failNext({ retryAfter: 40 });
    await expect(of.syncPullRequests(SINCE)).rejects.toThrow('waits');
    expect(await of.rows(marked)).toEqual([[2]]);
    await of.scene.sql.query('DELETE FROM github_quota');
    of.setNow(new Date(Date.now() + 60_000));
    await of.syncPullRequests(SINCE);
    expect(await of.rows(DEAD_LETTERS)).toEqual([
      ['3', 3, true],
      ['4', 3, true],
    ]);
    expect(await of.rows(marked)).toEqual([[0]]);
  });

  it('stays requested until it is reached, where a sync has no requests left for it', async () => {
    const numbers = times(30, (index) => index + 1);
    const of = await open(poisoned(...numbers));
    await of.syncPullRequests(SINCE);
    of.setNow(new Date());
    const retry = { teamId: of.teamId, repositoryId: of.repositoryId };
    await withTeam(of.scene.db, of.teamId, (tx) => requestDeadLetterRetry(tx, retry));
    of.github.failNext({ graphqlErrors: [{ message: 'Out of order.' }] });
    await of.syncPullRequests(SINCE);
    const marked = 'SELECT count(*)::int FROM dead_letter WHERE retry_requested_at IS NOT NULL';
    expect(await of.rows(marked)).toEqual([[5]]);
  });

  it('that the page shows but that is older than `since` is tried by its number', async () => {
    const of = await open(poisoned(50));
    await of.syncPullRequests(SINCE);
    of.github.setSource(aSource(PULLS));
    await of.syncPullRequests(SINCE);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['50', 1, false]]);
    expect((await of.rows(RUNS)).at(-1)).toEqual(['INCREMENTAL', 'COMPLETED', 1]);
  });

  it('that is gone comes off the list', async () => {
    const of = await open(poisoned(3));
    await of.syncPullRequests(SINCE);
    of.github.setSource(aSource(PULLS.filter(({ number }) => number !== 3)));
    await of.syncPullRequests(SINCE);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['3', 1, false]]);
    expect((await of.rows(RUNS)).at(-1)).toEqual(['INCREMENTAL', 'COMPLETED', 1]);
  });

  it('that GitHub cannot answer for is left for later, and the page is stored', async () => {
    const of = await open(poisoned(3));
    await of.syncPullRequests(SINCE);
    const listed = PULLS.map((one) => (one.number === 60 ? { ...one, title: 'New' } : one));
    of.github.setSource(
      aSource(listed.map((one) => (one.number === 60 ? { ...one, updatedAt: at(60_000) } : one))),
    );
    of.github.failNext({ graphqlErrors: [{ message: 'Out of order.' }] });
    await of.syncPullRequests(SINCE);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['3', 1, true]]);
    expect(await of.rows('SELECT title FROM pull_request WHERE number = 60')).toEqual([['New']]);
  });

  it('is one of at most 25 that a sync tries, those first that were tried longest ago', async () => {
    const numbers = times(30, (index) => index + 1);
    const of = await open(poisoned(...numbers));
    await of.syncPullRequests(SINCE);
    of.setNow(new Date(NOW.getTime() + 60_000));
    await of.syncPullRequests(SINCE);
    const attempts = 'SELECT attempts, count(*)::int FROM dead_letter GROUP BY 1 ORDER BY 1';
    expect(await of.rows(attempts)).toEqual([
      [1, 5],
      [2, 25],
    ]);
    of.setNow(new Date(NOW.getTime() + 120_000));
    await of.syncPullRequests(SINCE);
    expect(await of.rows(attempts)).toEqual([
      [2, 10],
      [3, 20],
    ]);
  });

  it('that is too much for GitHub with its lists is stored without, and its lists are read on', async () => {
    const of = await open(poisoned(3));
    await of.syncPullRequests(SINCE);
    of.github.setSource(aSource(PULLS));
    of.github.failNext({ status: 502 });
    expect(await of.syncPullRequests(SINCE)).toContain('NESTED_LISTS');
    await of.run('NESTED_LISTS');
    expect(await of.rows(DEAD_LETTERS)).toEqual([['3', 1, false]]);
    expect(await of.rows('SELECT complete FROM pull_request WHERE number = 3')).toEqual([[true]]);
  });

  it('that GitHub withholds on a page is dead-lettered with its reason, and the next sync reads it', async () => {
    const of = await open(aSource(PULLS.slice(0, 2)));
    const withheld = {
      type: 'FORBIDDEN',
      message: 'Not for you.',
      path: ['repository', 'pullRequests', 'nodes', 1],
    };
    const nodes = [rawPullRequest({ number: 2, updatedAt: at(1_000) }), null];
    const pullRequests = {
      totalCount: 2,
      nodes,
      pageInfo: { hasNextPage: false, endCursor: null },
    };
    const { databaseId, owner, name } = aSource([]).repositories[0] ?? {};
    const found = { databaseId, name, owner: { login: owner }, isPrivate: true, isArchived: false };
    const repository = { ...found, isEmpty: false, defaultBranchRef: null, pullRequests };
    of.github.failNext({ graphqlErrors: [withheld], data: { rateLimit: null, repository } });
    await of.syncPullRequests(SINCE);
    expect(await of.rows('SELECT natural_key, reason_code, reason FROM dead_letter')).toEqual([
      ['1', 'WITHHELD', 'GitHub does not show all of it: Not for you.'],
    ]);
    expect(await of.rows('SELECT number FROM pull_request')).toEqual([[2]]);
    await of.syncPullRequests(SINCE);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['1', 1, false]]);
    expect(await of.rows('SELECT number FROM pull_request ORDER BY 1')).toEqual([[1], [2]]);
    expect(await of.rows(RUNS)).toEqual([
      ['BACKFILL', 'PARTIAL', 1],
      ['INCREMENTAL', 'COMPLETED', 1],
    ]);
  });

  it('is tried once in half an hour by incremental syncs', async () => {
    const of = await open(poisoned(3));
    await of.syncPullRequests(SINCE);
    const now = new Date();
    of.setNow(now);
    const requests = () => of.github.stats().requests.graphql;
    await of.syncPullRequests(SINCE);
    const asked = requests();
    await of.syncPullRequests(SINCE);
    expect(requests()).toBe(asked + 1);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['3', 2, true]]);
    await of.scene.sql.query(
      `UPDATE dead_letter SET last_seen_at = last_seen_at - interval '31 minutes'`,
    );
    await of.syncPullRequests(SINCE);
    expect(requests()).toBe(asked + 3);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['3', 3, true]]);
  });

  it('that is too much for GitHub by its number alone counts an attempt, and keeps no other from its try', async () => {
    const of = await open(poisoned(3, 4));
    await of.syncPullRequests(SINCE);
    of.github.setSource(aSource(PULLS));
    // Both, then one whole, without its lists, and its number.
    of.github.failNext({ status: 502 }, 4);
    await of.syncPullRequests(SINCE);
    expect(await of.rows(DEAD_LETTERS)).toEqual([
      ['3', 2, true],
      ['4', 1, false],
    ]);
    expect(
      await of.rows(`SELECT reason_code, reason FROM dead_letter WHERE natural_key = '3'`),
    ).toEqual([['TOO_HEAVY', expect.stringContaining('not even for its number')]]);
  });

  it('counts no attempt while GitHub answers nothing at all', async () => {
    const of = await open(poisoned(3));
    await of.syncPullRequests(SINCE);
    // With the question for the repository, by which an outage is told from a pull request that is too heavy.
    of.github.failNext({ status: 502 }, 4);
    await of.syncPullRequests(SINCE);
    expect(await of.rows(DEAD_LETTERS)).toEqual([['3', 1, true]]);
    expect((await of.rows(RUNS)).at(-1)).toEqual(['INCREMENTAL', 'COMPLETED', 1]);
  });

  it('that is too much for GitHub even alone is dead-lettered as such', async () => {
    const of = await open(poisoned(3));
    await of.syncPullRequests(SINCE);
    of.github.failNext({ status: 502 }, 2);
    await of.syncPullRequests(SINCE);
    expect(await of.rows('SELECT natural_key, reason_code, attempts FROM dead_letter')).toEqual([
      ['3', 'TOO_HEAVY', 2],
    ]);
  });
});
