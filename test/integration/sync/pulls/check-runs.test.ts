import { afterEach, describe, expect, it } from 'vitest';
import type { CheckData, PullRequestData } from '../../../../src/demo/core/github-data.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { openStageWorld, type StageWorld } from '../stage-world.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const LATER = new Date('2026-03-10T14:00:00Z');
const SINCE = new Date('2026-02-01T00:00:00Z');
const HEAD = 'a'.repeat(40);

let world: StageWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

function aCheck(databaseId: number, given: Partial<CheckData> = {}): CheckData {
  return {
    databaseId,
    headOid: HEAD,
    name: `check ${databaseId}`,
    app: 'github-actions',
    startedAt: '2026-03-10T11:30:00Z',
    completedAt: '2026-03-10T13:00:00Z',
    conclusion: 'SUCCESS',
    ...given,
  };
}

const headed = (
  number: number,
  checks: readonly CheckData[],
  parts: Partial<PullRequestData> = {},
) =>
  aPullRequest(number, {
    headOid: HEAD,
    createdAt: '2026-03-10T11:00:00Z',
    checks,
    ...parts,
  });

const open = async (pullRequests: readonly PullRequestData[]): Promise<StageWorld> => {
  world = await openStageWorld(aSource(pullRequests), NOW);
  return world;
};

const STATES = `SELECT p.number, p.check_state, count(c.check_id)::int, count(*) FILTER (WHERE c.status <> 'COMPLETED')::int
  FROM pull_request p LEFT JOIN check_run c ON c.team_id = p.team_id AND c.pull_request_id = p.id
  GROUP BY 1, 2 ORDER BY 1`;

describe('check runs', () => {
  it('that were running are read again until they are over, all of them, 25 pull requests a request', async () => {
    const many = Array.from({ length: 230 }, (_, index) => aCheck(1_000 + index));
    const few = Array.from({ length: 29 }, (_, index) => headed(2 + index, [aCheck(10 + index)]));
    const { syncPullRequests, run, rows, github, setNow } = await open([
      headed(1, many),
      ...few,
      headed(40, [aCheck(90, { completedAt: '2026-03-10T11:40:00Z', conclusion: 'FAILURE' })]),
    ]);
    const due = await syncPullRequests(SINCE);
    expect(due).toContain('CHECK_RUNS');
    await run('NESTED_LISTS');
    setNow(LATER);
    const before = github.stats().requests.graphql;
    await run('CHECK_RUNS');
    const after = await rows(STATES);
    expect(after[0]).toEqual([1, 'SUCCESS', 230, 0]);
    expect(after.slice(1, 30)).toEqual(few.map(({ number }) => [number, 'SUCCESS', 1, 0]));
    expect(after[30]).toEqual([40, 'FAILURE', 1, 0]);
    // Two batches, and the second and third hundred of the first pull request.
    expect(github.stats().requests.graphql).toBe(before + 4);
    expect(await syncPullRequests(SINCE)).not.toContain('CHECK_RUNS');
  });

  it('of a head that a force push replaced vanish', async () => {
    const pushed = headed(1, [aCheck(5)]);
    const { syncPullRequests, run, rows, github, setNow } = await open([pushed]);
    await syncPullRequests(SINCE);
    const next = 'b'.repeat(40);
    github.setSource(
      aSource([
        { ...pushed, headOid: next, checks: [aCheck(6, { headOid: next, name: 'another' })] },
      ]),
    );
    setNow(LATER);
    await run('CHECK_RUNS');
    expect(await rows('SELECT name, head_sha, status FROM check_run')).toEqual([
      ['another', next, 'COMPLETED'],
    ]);
  });

  it('that have run for more than seven days are left as they are', async () => {
    const stuck = aCheck(5, {
      startedAt: '2026-03-01T00:00:00Z',
      completedAt: null,
      conclusion: null,
    });
    const { syncPullRequests, setDue, run, rows, github } = await open([headed(1, [stuck])]);
    expect(await syncPullRequests(SINCE)).toEqual([]);
    const before = github.stats().requests.graphql;
    await setDue('CHECK_RUNS');
    await run('CHECK_RUNS');
    expect(github.stats().requests.graphql).toBe(before);
    expect(await rows('SELECT status FROM check_run')).toEqual([['IN_PROGRESS']]);
  });

  it('are read for every pull request once when the worker is killed after each commit', async () => {
    const all = Array.from({ length: 60 }, (_, index) => headed(1 + index, [aCheck(10 + index)]));
    const { syncPullRequests, step, rows, onFailpoint, setNow, github } = await open(all);
    await syncPullRequests(SINCE);
    setNow(LATER);
    const before = github.stats().requests.graphql;
    onFailpoint((failpoint) => {
      if (failpoint === 'after-commit') {
        throw new Error('killed');
      }
    });
    for (let isOver = false; !isOver;) {
      isOver = await step('CHECK_RUNS').then(
        ({ next }) => next === 'DONE',
        () => false,
      );
    }
    expect(github.stats().requests.graphql).toBe(before + 3);
    expect(await rows(`SELECT status, count(*)::int FROM check_run GROUP BY 1`)).toEqual([
      ['COMPLETED', 60],
    ]);
  });
});

describe('checks of a pull request that each page says go on', () => {
  it.each([
    ['in turns', (page: number) => 'AB'.charAt(page % 2), /do not move on/, 4],
    ['ever anew', (page: number) => `page ${page}`, /do not come to an end/, 100],
  ])('%s are read no further, and stay as they were', async (_what, cursorOf, reason, requests) => {
    const one = headed(1, [aCheck(5)]);
    const { syncPullRequests, run, rows, github, setNow } = await open([one]);
    await syncPullRequests(SINCE);
    setNow(LATER);
    for (let page = 0; page < requests; page += 1) {
      const pageInfo = { hasNextPage: true, endCursor: cursorOf(page) };
      const statusCheckRollup = { state: 'SUCCESS', contexts: { nodes: [], pageInfo } };
      const l0 = { fullDatabaseId: String(one.databaseId), headRefOid: HEAD, statusCheckRollup };
      const data = { rateLimit: null, repository: { l0 } };
      github.failNext({ status: 200, body: { data } });
    }
    const before = github.stats().requests.graphql;
    await run('CHECK_RUNS');
    expect(github.stats().requests.graphql - before).toBe(requests);
    expect(await rows('SELECT status FROM check_run')).toEqual([['IN_PROGRESS']]);
    expect(await rows('SELECT entity, natural_key, reason FROM dead_letter')).toEqual([
      ['check_runs', '1', expect.stringMatching(reason)],
    ]);
  });
});
