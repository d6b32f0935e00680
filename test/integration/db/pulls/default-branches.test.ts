import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trackBranches } from '../../../../src/db/pulls/tracked-branches.ts';
import { memberChange } from '../../../../src/db/members/member-kind.ts';
import { rollUpTeam } from '../../../../src/db/rollups/roll-up-team.ts';
import { saveRepositoryFact } from '../../../../src/db/sync/repository-facts.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { openScene, type Scene, type SceneTeam } from '../scene.ts';
import { addTeamWithBranch, pull, readBaseKinds } from './merges.ts';
import { store } from '../stored-rows.ts';

let scene: Scene;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

function newTeam(defaultBranch?: string | null): Promise<SceneTeam> {
  teams += 1;
  return addTeamWithBranch(scene.sql, `defaults-${teams}`, defaultBranch);
}

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

const track = (team: SceneTeam, branches: string[]) =>
  withTeam(
    scene.db,
    team.teamId,
    async (tx) => {
      const { teamId } = team;
      return (await trackBranches(tx, { teamId, repositoryId: null, branches })).result;
    },
    memberChange(team.teamId),
  );

describe('a default branch', () => {
  const name = (team: SceneTeam, defaultBranch: string | null) =>
    withTeam(scene.db, team.teamId, (tx) =>
      saveRepositoryFact(tx, team, {
        owner: 'o',
        name: 'n',
        isPrivate: false,
        isArchived: false,
        defaultBranch,
      }),
    );

  it('that is renamed loses nothing', async () => {
    const team = await newTeam('core');
    await store(scene.db, team, [pull(1, 'b1>core'), pull(2, 'core>center')]);
    expect(await weeks(team)).toEqual([2, 0, 20]);
    await name(team, 'center');
    expect(await weeks(team)).toEqual([2, 0, 20]);
    await store(scene.db, team, [pull(3, 'b3>core'), pull(4, 'b4>center')]);
    expect(await weeks(team)).toEqual([4, 0, 40]);
  });

  it('that is renamed twice, of a repository that was empty first, loses nothing', async () => {
    const team = await newTeam(null);
    for (const branch of ['core', 'center', 'heart', 'core', 'heart']) {
      await name(team, branch);
    }
    const { rows } = await scene.sql.query<{ former: (string | null)[] }>(
      'SELECT former_default_branches AS former FROM repository WHERE id = $1',
      [team.repositoryId],
    );
    expect(rows).toEqual([{ former: ['core', 'center', 'heart'] }]);
    await store(scene.db, team, [
      pull(1, 'core>live'),
      pull(2, 'center>live'),
      pull(3, 'b3>core'),
      pull(4, 'b4>center'),
      pull(5, 'b5>heart'),
    ]);
    expect((await kinds(team)).filter((kind) => !kind.endsWith(' TRACKED'))).toEqual([]);
  });

  it('that is tracked and renamed loses nothing: the pattern finds all that were it', async () => {
    const team = await newTeam('master');
    const ways = ['b1>master', 'b2>main', 'b3>trunk', 'b4>release/1', 'b5>other'];
    await store(
      scene.db,
      team,
      ways.map((way, index) => pull(index + 1, way)),
    );
    const kindsBy = async (branches: string[]) => {
      await track(team, branches);
      return (await kinds(team)).map((kind) => kind.slice(2, 3)).join('');
    };
    await name(team, 'main');
    expect(await kindsBy(['main'])).toBe('TTUUU');
    expect(await kindsBy(['ma*'])).toBe('TTUUU');
    expect(await kindsBy(['release/*'])).toBe('UUUTU');
    // Whoever tracked the former one did so before it was renamed.
    expect(await kindsBy(['master'])).toBe('TTUUU');
    expect(await kindsBy(['trunk'])).toBe('UUTUU');
    await name(team, 'trunk');
    expect(await kinds(team)).toEqual([
      '1 TRACKED',
      '2 TRACKED',
      '3 TRACKED',
      '4 UNTRACKED',
      '5 UNTRACKED',
    ]);
    expect(await weeks(team)).toEqual([3, 2, 30]);
    await store(scene.db, team, [pull(6, 'b6>master'), pull(7, 'b7>main')]);
    expect(await weeks(team)).toEqual([5, 2, 50]);
  });
});
