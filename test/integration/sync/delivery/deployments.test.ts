import { afterEach, describe, expect, it } from 'vitest';
import {
  newPullRequest,
  type DeploymentData,
  type PullRequestData,
} from '../../../../src/demo/core/github-data.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { openStageWorld, type StageWorld } from '../stage-world.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const SINCE = new Date('2026-02-01T00:00:00Z');

let world: StageWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const oid = (name: string): string => Buffer.from(name).toString('hex').padEnd(40, '0');

const commit = (name: string, parents: readonly string[], at: string) => ({
  oid: oid(name),
  parents: parents.map(oid),
  at,
});

function deployment(
  databaseId: number,
  given: Partial<DeploymentData> & { at: string; of: string },
): DeploymentData {
  const { at, of, ...parts } = given;
  return {
    databaseId,
    environment: 'production',
    ref: 'main',
    oid: oid(of),
    creator: 'ada',
    description: null,
    createdAt: at,
    statuses: [
      { state: 'IN_PROGRESS', at },
      { state: 'SUCCESS', at },
    ],
    ...parts,
  };
}

function merged(
  number: number,
  of: string,
  at: string,
  parts: Partial<PullRequestData> = {},
): PullRequestData {
  return newPullRequest({
    databaseId: 1_000 + number,
    number,
    title: `Change ${number}`,
    author: 'ada',
    createdAt: '2026-03-01T08:00:00Z',
    mergedAt: at,
    mergedBy: 'bo',
    mergeCommitOid: oid(of),
    ...parts,
  });
}

/** Two release branches that began at one commit; the one that was merged last is deployed first. */
const TWO_BRANCHES = aSource(
  [
    merged(1, 'one', '2026-03-01T10:00:00Z', { baseRefName: 'release/1' }),
    merged(2, 'two', '2026-03-01T11:00:00Z', { baseRefName: 'release/2' }),
  ],
  {
    history: [
      commit('root', [], '2026-02-27T00:00:00Z'),
      commit('one', ['root'], '2026-03-01T10:00:00Z'),
      commit('two', ['root'], '2026-03-01T11:00:00Z'),
    ],
    deployments: [
      deployment(50, { of: 'root', at: '2026-02-28T00:00:00Z' }),
      deployment(51, { of: 'two', at: '2026-03-01T12:00:00Z' }),
      deployment(52, { of: 'one', at: '2026-03-01T13:00:00Z' }),
    ],
  },
);

async function open(source = TWO_BRANCHES, now = NOW): Promise<StageWorld> {
  world = await openStageWorld(source, now);
  return world;
}

const DEPLOYMENTS = `SELECT github_id::int, compare_state, compared_with_id::int, commit_count FROM deployment ORDER BY 1`;
const CONTAINED = `SELECT d.github_id::int, p.number FROM deployment d
  JOIN deployment_commit c ON c.team_id = d.team_id AND c.deployment_id = d.github_id
  JOIN pull_request p ON p.team_id = d.team_id AND p.merge_commit_sha = c.sha ORDER BY 1, 2`;

describe('deployments', () => {
  it('contain the pull requests of their commits where time would name others', async () => {
    const { syncPullRequests, run, rows } = await open();
    expect(await syncPullRequests(SINCE)).toContain('DEPLOYMENTS');
    await run('DEPLOYMENTS');
    expect(await rows(DEPLOYMENTS)).toEqual([
      [50, 'FIRST', null, null],
      [51, 'COMPARED', 50, 1],
      [52, 'COMPARED', 51, 1],
    ]);
    expect(await rows(CONTAINED)).toEqual([
      [51, 2],
      [52, 1],
    ]);
    // By time both were merged before the first of the two deployments, and it alone would have brought them.
    const byTime = await rows(
      `SELECT (SELECT github_id::int FROM deployment d WHERE d.succeeded_at > p.merged_at
         ORDER BY d.succeeded_at LIMIT 1), number FROM pull_request p ORDER BY number`,
    );
    expect(byTime).toEqual([
      [51, 1],
      [51, 2],
    ]);
  });

  it('bring nothing when they roll back, and say why where a commit is gone', async () => {
    const { syncPullRequests, run, rows } = await open(
      aSource([], {
        history: [
          commit('root', [], '2026-02-27T00:00:00Z'),
          commit('one', ['root'], '2026-03-01T10:00:00Z'),
        ],
        deployments: [
          deployment(60, { of: 'one', at: '2026-03-01T12:00:00Z' }),
          deployment(61, { of: 'root', at: '2026-03-01T13:00:00Z' }),
          deployment(62, { of: 'rewritten', at: '2026-03-01T14:00:00Z' }),
          deployment(63, { of: 'one', at: '2026-03-01T15:00:00Z', environment: 'staging' }),
        ],
      }),
    );
    await syncPullRequests(SINCE);
    await run('DEPLOYMENTS');
    expect(await rows(DEPLOYMENTS)).toEqual([
      [60, 'FIRST', null, null],
      [61, 'COMPARED', 60, 0],
      [62, 'UNAVAILABLE', 61, null],
      [63, 'FIRST', null, null],
    ]);
    const [[reason]] = (await rows(
      `SELECT compare_reason FROM deployment WHERE github_id = 62`,
    )) as [[string]];
    expect(reason).toMatch(/does not know one of the commits .* any more/);
    expect(await rows('SELECT sync_state FROM repository')).toEqual([['ACTIVE']]);
  });

  it('are compared anew when an earlier one succeeds late, and read again until they are over', async () => {
    const late = deployment(71, {
      of: 'one',
      at: '2026-03-09T12:00:00Z',
      statuses: [
        { state: 'IN_PROGRESS', at: '2026-03-09T12:00:00Z' },
        { state: 'SUCCESS', at: '2026-03-10T12:30:00Z' },
      ],
    });
    const source = aSource([merged(1, 'one', '2026-03-01T10:00:00Z')], {
      history: [
        commit('root', [], '2026-02-27T00:00:00Z'),
        commit('one', ['root'], '2026-03-01T10:00:00Z'),
        commit('two', ['one'], '2026-03-01T11:00:00Z'),
      ],
      deployments: [
        deployment(70, { of: 'root', at: '2026-03-01T12:00:00Z' }),
        late,
        deployment(72, { of: 'two', at: '2026-03-10T11:00:00Z' }),
      ],
    });
    const { syncPullRequests, run, rows, setNow } = await open(source);
    await syncPullRequests(SINCE);
    await run('DEPLOYMENTS');
    expect(await rows(DEPLOYMENTS)).toEqual([
      [70, 'FIRST', null, null],
      [71, 'PENDING', null, null],
      [72, 'COMPARED', 70, 2],
    ]);
    setNow(new Date('2026-03-10T13:00:00Z'));
    expect(await syncPullRequests(SINCE)).toContain('DEPLOYMENTS');
    await run('DEPLOYMENTS');
    expect(await rows(DEPLOYMENTS)).toEqual([
      [70, 'FIRST', null, null],
      [71, 'COMPARED', 70, 1],
      [72, 'COMPARED', 71, 1],
    ]);
    expect(await rows(CONTAINED)).toEqual([[71, 1]]);
  });

  it('asks nothing more once all are over, also where the newest is older than the sync', async () => {
    const { syncPullRequests, run, rows, github } = await open();
    const since = new Date('2026-03-05T00:00:00Z');
    await syncPullRequests(since);
    await run('DEPLOYMENTS');
    expect(await rows('SELECT github_id::int FROM deployment')).toEqual([[52]]);
    const before = github.stats().requests;
    expect(await syncPullRequests(since)).toEqual([]);
    expect(github.stats().requests).toEqual({ ...before, graphql: before.graphql + 1 });
  });

  it('have succeeded also where the success lies behind a hundred other statuses', async () => {
    const waiting = Array.from({ length: 230 }, (_, index) => ({
      state: 'QUEUED',
      at: new Date(Date.UTC(2026, 2, 1, 12, index)).toISOString().replace('.000', ''),
    }));
    const success = { state: 'SUCCESS', at: '2026-03-02T00:00:00Z' };
    const { syncPullRequests, run, rows } = await open(
      aSource([], {
        history: [commit('root', [], '2026-02-27T00:00:00Z')],
        deployments: [
          deployment(90, {
            of: 'root',
            at: '2026-03-01T12:00:00Z',
            statuses: [...waiting, success],
          }),
        ],
      }),
    );
    await syncPullRequests(SINCE);
    await run('DEPLOYMENTS');
    expect(await rows('SELECT state, succeeded_at FROM deployment')).toEqual([
      ['SUCCESS', new Date('2026-03-02T00:00:00Z')],
    ]);
  });

  it('goes back further for a wider sync, and compares what was the first', async () => {
    const { syncPullRequests, run, rows } = await open();
    await syncPullRequests(new Date('2026-03-01T12:30:00Z'));
    await run('DEPLOYMENTS');
    expect(await rows(DEPLOYMENTS)).toEqual([[52, 'FIRST', null, null]]);
    expect(await syncPullRequests(SINCE)).toEqual(['DEPLOYMENTS']);
    await run('DEPLOYMENTS');
    expect(await rows(DEPLOYMENTS)).toEqual([
      [50, 'FIRST', null, null],
      [51, 'COMPARED', 50, 1],
      [52, 'COMPARED', 51, 1],
    ]);
    expect(await syncPullRequests(SINCE)).toEqual([]);
  });

  it('reads a range of 1,101 commits to its end, also when it is killed after each commit', async () => {
    const names = Array.from({ length: 1_101 }, (_, index) => `c${index}`);
    const history = [
      commit('root', [], '2026-02-27T00:00:00Z'),
      ...names.map((name, index) =>
        commit(
          name,
          [names[index - 1] ?? 'root'],
          new Date(Date.UTC(2026, 2, 1, 0, 0, index)).toISOString().replace('.000', ''),
        ),
      ),
    ];
    const { syncPullRequests, step, rows, onFailpoint } = await open(
      aSource([], {
        history,
        deployments: [
          deployment(80, { of: 'root', at: '2026-02-28T00:00:00Z' }),
          deployment(81, { of: 'c1100', at: '2026-03-02T00:00:00Z' }),
        ],
      }),
    );
    await syncPullRequests(SINCE);
    let kills = 0;
    let isOver = false;
    onFailpoint((failpoint) => {
      if (failpoint === 'after-commit') {
        kills += 1;
        throw new Error('killed');
      }
    });
    while (!isOver) {
      isOver = await step('DEPLOYMENTS').then(
        ({ next }) => next === 'DONE',
        (error: Error) => {
          expect(error.message).toBe('killed');
          return false;
        },
      );
    }
    // One page of deployments, twelve of commits.
    expect(kills).toBe(13);
    expect(await rows(DEPLOYMENTS)).toEqual([
      [80, 'FIRST', null, null],
      [81, 'COMPARED', 80, 1_101],
    ]);
    expect(await rows('SELECT count(*)::int FROM deployment_commit')).toEqual([[1_101]]);
    onFailpoint(null);
    await syncPullRequests(SINCE);
    expect(await step('DEPLOYMENTS')).toEqual({ next: 'DONE' });
  });
});
