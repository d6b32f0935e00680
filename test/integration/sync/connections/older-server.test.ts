import { describe, expect, it } from 'vitest';
import { EVENTFUL } from '../../../unit/demo/eventful-world.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';

const open = useStageWorlds();

const SOURCE = aSource([...[1, 2, 3].map((number) => aPullRequest(number)), EVENTFUL]);

/** Rows that an older server tells like any other. */
const STORED = {
  pullRequests: `SELECT github_id, number, title, state, base_branch, created_at, merged_at, complete FROM pull_request ORDER BY 1`,
  events: 'SELECT event_id, kind, occurred_at FROM pull_request_event ORDER BY 1',
  comments: 'SELECT github_id, body FROM comment ORDER BY 1',
  commits: 'SELECT sha, headline FROM commit ORDER BY 1',
};

async function stored(of: StageWorld) {
  const rows = await Promise.all(
    Object.entries(STORED).map(async ([name, text]) => [name, await of.rows(text)]),
  );
  return Object.fromEntries(rows) as Record<keyof typeof STORED, unknown[][]>;
}

const GAPS = `SELECT count(*)::int, max(substring(reason FROM 'Server ([0-9.]+)')) FROM pull_request_gap`;
const REASON = 'SELECT status, status_reason FROM github_connection';

describe('a sync from a GitHub Enterprise Server of an older release', () => {
  it('stores what a newer one would have told, without the fact that it lacks, which is counted', async () => {
    const newer = await open(SOURCE);
    await newer.syncPullRequests(SINCE);
    const expected = await stored(newer);
    expect(expected.events.length).toBeGreaterThan(5);
    const { graphql } = newer.github.stats().requests;
    await newer.close();

    const of = await open(SOURCE);
    of.github.setRelease({
      version: '3.12.4',
      without: [
        'PullRequest.fullDatabaseId',
        'PullRequestReview.fullDatabaseId',
        'PullRequest.statusCheckRollup',
      ],
    });
    await of.syncPullRequests(SINCE);
    expect(await stored(of)).toEqual(expected);
    expect(of.github.stats().requests.graphql).toBe(graphql + 1);
    expect(await of.rows('SELECT count(*)::int FROM check_run')).toEqual([[0]]);
    expect(
      await of.rows(
        'SELECT list, item, field, reason, count(*)::int FROM pull_request_gap GROUP BY 1, 2, 3, 4',
      ),
    ).toEqual([
      [
        'PULL_REQUEST',
        'server',
        'PullRequest.statusCheckRollup',
        'GitHub Enterprise Server 3.12.4 has no PullRequest.statusCheckRollup; release 3.14 has it',
        4,
      ],
    ]);
    expect(await of.rows(REASON)).toEqual([['ACTIVE', null]]);
  });

  it('reads the checks with the next wider backfill after an upgrade, and counts nothing any more', async () => {
    const of = await open(SOURCE);
    of.github.setRelease({ version: '3.13.0', without: ['PullRequest.statusCheckRollup'] });
    await of.syncPullRequests(SINCE);
    await of.finish();
    of.github.setRelease({ version: '3.14.0', without: [] });
    // Its first answer says the new release, and comes to a question that was still asked without.
    await of.syncPullRequests(null);
    await of.finish();
    expect(await of.rows(GAPS)).toEqual([[4, '3.13.0']]);
    await of.syncPullRequests(new Date('2026-01-01T00:00:00Z'));
    expect(await of.rows('SELECT count(*)::int FROM check_run')).toEqual([[2]]);
    expect(await of.rows(GAPS)).toEqual([[0, null]]);
  });

  it('ends with a sentence at the connection where it lacks what is needed, and goes on after an upgrade', async () => {
    const of = await open(SOURCE);
    of.github.setRelease({ version: '3.9.2', without: ['PullRequest.headRefOid'] });
    const { host } = new URL(of.github.url);
    const sentence = `GitHub lacks what a sync needs: the field PullRequest.headRefOid is not in the schema of ${host} (GitHub Enterprise Server 3.9.2); release 3.14 and those after it have it: upgrade the server, then start a backfill.`;
    await expect(of.syncPullRequests(SINCE)).rejects.toMatchObject({
      kind: 'SERVER_TOO_OLD',
      message: sentence,
    });
    expect(await of.rows(REASON)).toEqual([['ACTIVE', sentence]]);
    expect(await of.rows('SELECT count(*)::int FROM pull_request')).toEqual([[0]]);

    of.github.setRelease({ version: '3.14.0', without: [] });
    await of.syncPullRequests(SINCE);
    expect(await of.rows(REASON)).toEqual([['ACTIVE', null]]);
    expect(await of.rows('SELECT count(*)::int FROM pull_request')).toEqual([[4]]);
  });

  it('skips the deployments where it lacks what these need, and says why', async () => {
    const deployed = aSource([aPullRequest(1)], {
      deployments: [
        {
          databaseId: 701,
          environment: 'production',
          ref: 'main',
          oid: 'c'.repeat(40),
          creator: 'ada',
          description: null,
          createdAt: '2026-03-02T10:00:00Z',
          statuses: [{ state: 'SUCCESS', at: '2026-03-02T10:01:00Z' }],
        },
      ],
    });
    const of = await open(deployed);
    of.github.setRelease({ version: '3.9.2', without: ['Deployment.commitOid'] });
    expect(await of.syncPullRequests(SINCE)).toContain('DEPLOYMENTS');
    await of.run('DEPLOYMENTS');
    const letters = (await of.rows('SELECT reason FROM dead_letter WHERE resolved_at IS NULL')) as [
      string,
    ][];
    expect(letters).toHaveLength(1);
    expect(letters[0]?.[0]).toContain('the field Deployment.commitOid is not in the schema of');
    expect(await of.rows('SELECT count(*)::int FROM pull_request')).toEqual([[1]]);
    expect(await of.rows(REASON)).toEqual([['ACTIVE', null]]);
  });
});
