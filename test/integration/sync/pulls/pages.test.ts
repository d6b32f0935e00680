import { describe, expect, it } from 'vitest';
import type { PullRequestData } from '../../../../src/demo/core/github-data.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { SINCE, useStageWorlds } from '../stage-world.ts';
import { passHours } from './contradicting-world.ts';

const open = useStageWorlds();

function files(count: number): PullRequestData['files'] {
  return Array.from({ length: count }, (_, index) => ({
    path: `src/file-${index}.ts`,
    additions: 1,
    deletions: 0,
    changeType: 'ADDED' as const,
    since: '2026-03-01T10:00:00Z',
  }));
}

const RUN = 'SELECT status, pages FROM sync_run WHERE repository_id IS NOT NULL';
const DEAD_LETTERS = `SELECT entity, natural_key, reason_code, resolved_at IS NULL FROM dead_letter`;

describe('a page', () => {
  it('that was the last, and whose worker died after its COMMIT, gives the same answer again', async () => {
    const of = await open(aSource([aPullRequest(1, { files: files(150) })]));
    of.onFailpoint((failpoint) => {
      if (failpoint === 'after-commit') {
        throw new Error('killed');
      }
    });
    await expect(of.syncPullRequests(SINCE)).rejects.toThrow('killed');
    of.onFailpoint(null);
    const asked = of.github.stats().requests.graphql;
    const over = { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: ['NESTED_LISTS'] };
    expect(await of.page()).toEqual(over);
    await of.run('NESTED_LISTS');
    expect(of.github.stats().requests.graphql).toBe(asked + 1);
    expect(await of.rows(RUN)).toEqual([['RUNNING', 1]]);
  });

  it('keeps hostile texts cleaned: NUL bytes, a megabyte, broken characters', async () => {
    const title = `nul \u0000 and ${'x'.repeat(1_000_000)} and \uD800`;
    const of = await open(aSource([aPullRequest(1, { title }), aPullRequest(2)]));
    await of.syncPullRequests(SINCE);
    expect(
      await of.rows(
        'SELECT number, text_cleaned, length(title) > 1000000 FROM pull_request ORDER BY 1',
      ),
    ).toEqual([
      [1, true, true],
      [2, false, false],
    ]);
    expect(await of.rows(DEAD_LETTERS)).toEqual([]);
  });

  it('with nothing new costs one request of one point, however large the pages were', async () => {
    const pulls = Array.from({ length: 60 }, (_, index) => aPullRequest(index + 1));
    const of = await open(aSource(pulls));
    await of.syncPullRequests(SINCE);
    await of.rows('UPDATE repository SET page_size = 100');
    const before = of.github.stats();
    expect(await of.syncPullRequests(SINCE)).toEqual([]);
    const after = of.github.stats();
    expect(after.requests.graphql - before.requests.graphql).toBe(1);
    expect(after.pointsUsed - before.pointsUsed).toBe(1);
  });
});

describe('a page of a nested list', () => {
  it('that is no list dead-letters its pull request; a sync an hour later goes on with it', async () => {
    const good = aPullRequest(1, { files: files(150) });
    const of = await open(aSource([good]));
    await of.syncPullRequests(SINCE);
    const l0 = {
      fullDatabaseId: String(good.databaseId),
      headRefOid: 'a'.repeat(40),
      files: { pageInfo: { hasNextPage: false, endCursor: null }, nodes: 'x' },
    };
    of.github.failNext({ status: 200, body: { data: { rateLimit: null, repository: { l0 } } } });
    await of.run('NESTED_LISTS');
    expect(await of.rows(DEAD_LETTERS)).toEqual([['nested_lists', '1', 'UNREADABLE', true]]);
    await passHours(of, 1);
    expect(await of.syncPullRequests(SINCE)).toEqual(['NESTED_LISTS']);
    await of.run('NESTED_LISTS');
    expect(await of.rows(DEAD_LETTERS)).toEqual([['nested_lists', '1', 'UNREADABLE', false]]);
    expect(await of.rows('SELECT count(*)::int FROM pull_request_file')).toEqual([[150]]);
    expect(await of.rows('SELECT complete FROM pull_request')).toEqual([[true]]);
  });

  it('that holds a path that no index holds is stored with the path shortened', async () => {
    const [last, ...others] = files(150)?.toReversed() ?? [];
    const path = `src/${'x'.repeat(3_000)}.ts`;
    const of = await open(
      aSource([
        aPullRequest(1, {
          files: [...others.toReversed(), { ...last, path }] as PullRequestData['files'],
        }),
      ]),
    );
    await of.syncPullRequests(SINCE);
    await of.run('NESTED_LISTS');
    expect(await of.rows(DEAD_LETTERS)).toEqual([]);
    expect(
      await of.rows('SELECT count(*)::int, max(octet_length(path)) FROM pull_request_file'),
    ).toEqual([[150, 2_500]]);
    expect(await of.rows('SELECT list, field FROM pull_request_gap')).toEqual([['FILES', 'path']]);
    expect(await of.rows('SELECT complete FROM pull_request')).toEqual([[true]]);
  });

  it('that PostgreSQL refuses dead-letters its pull request, and moves no cursor', async () => {
    const of = await open(aSource([aPullRequest(1, { files: files(150) })]));
    await of.syncPullRequests(SINCE);
    const refuse = 'ALTER TABLE pull_request_file ADD CONSTRAINT refused';
    await of.rows(`${refuse} CHECK (path <> 'src/file-120.ts') NOT VALID`);
    const lists = await of.rows('SELECT list, cursor FROM nested_list');
    await of.run('NESTED_LISTS');
    expect(await of.rows(DEAD_LETTERS)).toEqual([['nested_lists', '1', 'REFUSED', true]]);
    expect(await of.rows('SELECT list, cursor FROM nested_list')).toEqual(lists);
    expect(await of.rows('SELECT complete FROM pull_request')).toEqual([[false]]);
  });
});
