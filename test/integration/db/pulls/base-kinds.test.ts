import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshBaseKinds } from '../../../../src/db/pulls/base-kinds.ts';
import { trackBranches } from '../../../../src/db/pulls/tracked-branches.ts';
import { memberChange } from '../../../../src/db/members/member-kind.ts';
import { rollUpTeam } from '../../../../src/db/rollups/roll-up-team.ts';
import { softDeletePullRequests } from '../../../../src/db/sync/deleted-pull-requests.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import { aCommit, hoursAfter } from '../../../support/rows/facts.ts';
import { openScene, type Scene, type SceneTeam } from '../scene.ts';
import { applyAll, open } from '../rollups/rebuilds.ts';
import { addTeamWithBranch, CREATED, pull, readBaseKinds } from './merges.ts';
import { clearDirtyMarks, readDirtyWeeks, store } from '../stored-rows.ts';

let scene: Scene;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

function newTeam(defaultBranch?: string | null): Promise<SceneTeam> {
  teams += 1;
  return addTeamWithBranch(scene.sql, `bases-${teams}`, defaultBranch);
}

const OPEN = { state: 'OPEN' } as const;

const kinds = (team: SceneTeam): Promise<string[]> => readBaseKinds(scene.sql, team);

/** Merged, merged elsewhere and lines of all weeks. */
async function weeks({ teamId }: SceneTeam): Promise<number[]> {
  await rollUpTeam(scene.db, teamId);
  const { rows } = await scene.sql.query<{ sums: number[] }>(
    `SELECT ARRAY[sum(pull_requests_merged), sum(pull_requests_merged_elsewhere), sum(additions)]::integer[] AS sums
     FROM weekly_metrics WHERE team_id = $1`,
    [teamId],
  );
  return rows[0]?.sums ?? [];
}

const track = (team: SceneTeam, branches: string[], repositoryId: bigint | null = null) =>
  withTeam(
    scene.db,
    team.teamId,
    async (tx) => {
      const { teamId } = team;
      return (await trackBranches(tx, { teamId, repositoryId, branches })).result;
    },
    memberChange(team.teamId),
  );

describe('what was merged into the head of another pull request', () => {
  const STACK = [pull(1, 'b1>main'), pull(2, 'b2>b1'), pull(3, 'b3>b2')];
  const STACKED = ['1 TRACKED', '2 PULL_REQUEST', '3 PULL_REQUEST'];

  it.each([
    ['together', [STACK]],
    ['from the bottom', STACK.map((one) => [one])],
    ['from the top', STACK.toReversed().map((one) => [one])],
  ])('counts with that one, whichever is stored first: %s', async (_, pages) => {
    const team = await newTeam();
    for (const page of pages) {
      await store(scene.db, team, page);
    }
    expect(await kinds(team)).toEqual(STACKED);
    expect(await weeks(team)).toEqual([1, 2, 10]);
  });

  it('marks the weeks dirty of what is stored and does not count any more', async () => {
    const team = await newTeam();
    await store(scene.db, team, [pull(2, 'b2>b1')]);
    expect(await weeks(team)).toEqual([1, 0, 10]);
    await store(scene.db, team, [pull(1, 'b1>main', OPEN)]);
    expect(await kinds(team)).toEqual(['1 TRACKED', '2 PULL_REQUEST']);
    expect(await readDirtyWeeks(scene.sql, team)).toEqual(['2025-12-15']);
    expect(await weeks(team)).toEqual([0, 1, 0]);
  });

  it('counts again when the other one is gone from GitHub', async () => {
    const team = await newTeam();
    await store(scene.db, team, STACK.slice(0, 2));
    expect(await weeks(team)).toEqual([1, 1, 10]);
    await withTeam(scene.db, team.teamId, (tx) =>
      softDeletePullRequests(tx, team, [1], hoursAfter(CREATED, 99)),
    );
    expect(await kinds(team)).toEqual(['1 TRACKED', '2 TRACKED']);
    expect(await weeks(team)).toEqual([1, 0, 10]);
  });

  it('is computed for stored pull requests with a new definition, and again changes nothing', async () => {
    const team = await newTeam();
    await store(scene.db, team, STACK);
    await scene.sql.query(`UPDATE pull_request SET base_kind = 'TRACKED' WHERE team_id = $1`, [
      team.teamId,
    ]);
    await scene.sql.query(`UPDATE team SET rollup_definition = 'v2' WHERE id = $1`, [team.teamId]);
    const rebuildId = await open(scene.db, team);
    expect(await applyAll(scene.db, team, rebuildId, 2)).toMatchObject({ pullRequestsDone: 3 });
    expect(await kinds(team)).toEqual(STACKED);
    await clearDirtyMarks(scene.sql, team);
    expect(await withTeam(scene.db, team.teamId, (tx) => refreshBaseKinds(tx, team.teamId))).toBe(
      0,
    );
    expect(await readDirtyWeeks(scene.sql, team)).toEqual([]);
  });

  it('of another repository is another branch', async () => {
    const [team, other] = [await newTeam(), await newTeam()];
    await store(scene.db, other, [pull(1, 'b1>main')]);
    await store(scene.db, team, [pull(2, 'b2>b1')]);
    expect(await kinds(team)).toEqual(['2 TRACKED']);
  });
});

describe('branches that live on count although they are heads', () => {
  it.each<readonly [string, PullRequestFact[], string]>([
    [
      'the default branch that goes to production',
      [pull(1, 'main>live'), pull(2, 'b2>main')],
      'main',
    ],
    ['the default branch by another name', [pull(1, 'core>live'), pull(2, 'b2>core')], 'core'],
    [
      'the former default branch that moved',
      [pull(1, 'master>main'), pull(2, 'b2>master')],
      'main',
    ],
    ['develop that is released', [pull(1, 'develop>main'), pull(2, 'b2>develop')], 'main'],
    [
      'a release branch that goes back',
      [pull(1, 'release/1.2>main'), pull(2, 'b2>release/1.2')],
      'main',
    ],
    ['a version', [pull(1, 'v1.x>main'), pull(2, 'b2>v1.x')], 'main'],
    [
      'a branch that was merged twice into the same one',
      [pull(1, 'team-a>main'), pull(2, 'b2>team-a'), pull(3, 'team-a>main')],
      'main',
    ],
    [
      'the branch of a fork that is called so',
      [pull(1, 'b1>main', { isCrossRepository: true }), pull(2, 'b2>b1')],
      'main',
    ],
    [
      'branches of a fork that are called like those that they go to',
      [
        pull(1, 'b1>b1', { isCrossRepository: true }),
        pull(2, 'b1>b1', { isCrossRepository: true }),
        pull(3, 'b1>main', { isCrossRepository: true }),
      ],
      'main',
    ],
    ['the head itself, which a repository may have', [pull(2, 'same>same')], 'main'],
  ])('%s', async (_, pulls, defaultBranch) => {
    const team = await newTeam(defaultBranch);
    await store(scene.db, team, pulls);
    expect((await kinds(team)).filter((kind) => !kind.endsWith('TRACKED'))).toEqual([]);
    expect((await weeks(team))[1]).toBe(0);
  });

  it('a branch of a fork that brings the same commits is the head of a stack', async () => {
    const team = await newTeam();
    const commits = [aCommit({ authoredAt: CREATED })];
    await store(scene.db, team, [
      pull(1, 'b1>main', { isCrossRepository: true, commits }),
      pull(2, 'b2>b1', { commits }),
    ]);
    expect((await kinds(team))[1]).toBe('2 PULL_REQUEST');
  });

  it('what was read before forks were told apart says so by its commits or the merge', async () => {
    const team = await newTeam();
    const unknown = { isCrossRepository: null };
    const [theirs, merged] = [aCommit({ headline: 'theirs' }), aCommit({ headline: 'squashed' })];
    await store(scene.db, team, [
      pull(1, 'b1>main', { ...unknown, commits: [theirs, merged] }),
      pull(2, 'b2>b1', { commits: [theirs] }),
      pull(3, 'b3>b1', { mergeCommitSha: merged.sha }),
      pull(4, 'b4>b1'),
    ]);
    expect(await kinds(team)).toEqual([
      '1 TRACKED',
      '2 PULL_REQUEST',
      '3 PULL_REQUEST',
      '4 TRACKED',
    ]);
    await store(scene.db, team, [pull(1, 'b1>main', { commits: [theirs, merged] })]);
    expect((await kinds(team))[3]).toBe('4 PULL_REQUEST');
  });

  it('a head that went to two branches is one of a stack', async () => {
    const team = await newTeam();
    await store(scene.db, team, [pull(1, 'b1>main'), pull(2, 'b2>b1'), pull(3, 'b1>release-1')]);
    expect((await kinds(team))[1]).toBe('2 PULL_REQUEST');
  });
});

describe('tracked branches', () => {
  const PULLS = [
    pull(1, 'a>main'),
    pull(2, 'b>release/1'),
    pull(3, 'c>release_2'),
    pull(4, 'd>a_main'),
    pull(5, 'e>a'),
  ];

  async function kindsOf(branches: string[]): Promise<string> {
    const team = await newTeam();
    await store(scene.db, team, PULLS);
    await track(team, branches);
    return (await kinds(team)).map((kind) => kind.slice(2, 3)).join('');
  }

  it.each([
    [[], 'TTTTP'],
    [['main'], 'TUUUU'],
    [['release/*'], 'UTUUU'],
    [['main', 'release*'], 'TTTUU'],
    [['*'], 'TTTTP'],
    [['*main'], 'TUUTU'],
    [['release_2'], 'UUTUU'],
    [['_main', 'release?1', 'mai%'], 'UUUUU'],
    [['a'], 'UUUUT'],
    [['nothing\\'], 'UUUUU'],
  ])('%j leave %s', async (branches, expected) => {
    expect(await kindsOf(branches)).toBe(expected);
  });

  it('of a repository stand instead of those of the team, and weeks follow', async () => {
    const team = await newTeam();
    await store(scene.db, team, PULLS.slice(0, 3));
    expect(await weeks(team)).toEqual([3, 0, 30]);
    expect(await track(team, ['main'])).toBe(2);
    expect(await weeks(team)).toEqual([1, 2, 10]);
    expect(await track(team, ['release/*'], team.repositoryId)).toBe(2);
    expect(await weeks(team)).toEqual([1, 2, 10]);
    expect(await kinds(team)).toEqual(['1 UNTRACKED', '2 TRACKED', '3 UNTRACKED']);
    await store(scene.db, team, [pull(6, 'f>main'), pull(7, 'g>release/2')]);
    expect(await weeks(team)).toEqual([2, 3, 20]);
    expect(await track(team, [], team.repositoryId)).toBe(4);
    expect(await track(team, [])).toBe(3);
    expect(await weeks(team)).toEqual([5, 0, 50]);
    expect(await track(team, [])).toBe(0);
  });
});
