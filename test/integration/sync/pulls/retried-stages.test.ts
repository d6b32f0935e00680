import { describe, expect, it } from 'vitest';
import { requestDeadLetterRetry } from '../../../../src/db/sync/dead-letter-retries.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { SINCE, useStageWorlds } from '../stage-world.ts';

const HEAD = 'a'.repeat(40);

const open = useStageWorlds();

const OPEN = `SELECT entity, natural_key FROM dead_letter WHERE resolved_at IS NULL ORDER BY 1, 2`;

describe('what a stage of pull requests could not read', () => {
  it('of review comments is looked for among all of them where an admin wants it', async () => {
    const comment = {
      databaseId: 7,
      reviewId: null,
      author: 'bo',
      authorAssociation: 'MEMBER' as const,
      createdAt: '2026-03-02T00:00:00Z',
      body: 'Why?',
      path: 'src/index.ts',
    };
    const of = await open(aSource([aPullRequest(1, { reviewComments: [comment] })]));
    await of.syncPullRequests(SINCE);
    // Neither the list of the repository nor that of the pull request says what the entry is.
    of.github.failNext({ status: 200, body: [null] }, 2);
    await of.run('REVIEW_COMMENTS');
    expect(await of.rows(OPEN)).toEqual([['review_comments', 'unknown']]);
    expect(await of.rows('SELECT github_id::int FROM comment')).toEqual([]);
    await of.scene.sql.query(
      `UPDATE dead_letter SET first_seen_at = first_seen_at - interval '8 days'`,
    );
    const retry = { teamId: of.teamId, repositoryId: of.repositoryId };
    await withTeam(of.scene.db, of.teamId, (tx) => requestDeadLetterRetry(tx, retry));
    await of.run('REVIEW_COMMENTS');
    expect(await of.rows('SELECT github_id::int FROM comment')).toEqual([[7]]);
    expect(await of.rows(OPEN)).toEqual([]);
  });

  it('of checks is read again, also when they are older than those that are read unasked', async () => {
    const check = {
      databaseId: 9,
      headOid: HEAD,
      name: 'test',
      app: 'github-actions',
      startedAt: '2026-03-10T11:30:00Z',
      completedAt: '2026-03-10T13:00:00Z',
      conclusion: 'SUCCESS' as const,
    };
    const pull = aPullRequest(1, {
      headOid: HEAD,
      createdAt: '2026-03-10T11:00:00Z',
      checks: [check],
    });
    const of = await open(aSource([pull]));
    expect(await of.syncPullRequests(SINCE)).toContain('CHECK_RUNS');
    const list = { pageInfo: { hasNextPage: false, endCursor: null }, nodes: null };
    const statusCheckRollup = { state: 'SUCCESS', contexts: list };
    const [[githubId]] = (await of.rows('SELECT github_id::text FROM pull_request')) as [[string]];
    const l0 = { fullDatabaseId: githubId, databaseId: null, headRefOid: HEAD, statusCheckRollup };
    of.github.failNext({
      status: 200,
      body: { data: { rateLimit: null, repository: { l0 } } },
    });
    await of.run('CHECK_RUNS');
    expect(await of.rows(OPEN)).toEqual([['check_runs', '1']]);
    of.setNow(new Date('2026-03-20T12:00:00Z'));
    expect(await of.syncPullRequests(SINCE)).toContain('CHECK_RUNS');
    await of.run('CHECK_RUNS');
    expect(await of.rows('SELECT status FROM check_run')).toEqual([['COMPLETED']]);
    expect(await of.rows(OPEN)).toEqual([]);
  });
});
