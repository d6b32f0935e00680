import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GHOST } from '../../../../src/domain/members/actor.ts';
import { anActor, aPullRequest, aReview } from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';
import { store } from '../stored-rows.ts';

let scene: Scene;
let teams = 0;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

function newTeam(): Promise<SceneTeam> {
  teams += 1;
  return addTeam(scene.sql, `team-${teams}`);
}

async function readMembers(team: SceneTeam, expression: string): Promise<string[]> {
  const { rows } = await scene.sql.query<{ value: string }>(
    `SELECT ${expression} AS value FROM member WHERE team_id = $1 ORDER BY 1`,
    [team.teamId],
  );
  return rows.map(({ value }) => value);
}

describe('the accounts of a page', () => {
  const bo = anActor({ login: 'bo' });
  const inside = "login || ' ' || is_external";

  it('are members: inside once seen inside, the ghost among them', async () => {
    const team = await newTeam();
    const outside = anActor({ login: 'stranger' });
    await store(scene.db, team, [
      aPullRequest({ number: 1, author: outside, authorIsInternal: false }),
      aPullRequest({ number: 2, author: GHOST, authorIsInternal: false }),
      aPullRequest({ number: 3, author: anActor(), authorIsInternal: true, mergedBy: bo }),
    ]);
    expect(await readMembers(team, inside)).toEqual([
      'ana false',
      'bo false',
      'ghost true',
      'stranger true',
    ]);
    await store(scene.db, team, [
      aPullRequest({ number: 4, author: anActor(), authorIsInternal: false }),
      aPullRequest({ number: 5, author: outside, authorIsInternal: true }),
    ]);
    expect(await readMembers(team, inside)).toEqual([
      'ana false',
      'bo false',
      'ghost true',
      'stranger false',
    ]);
  });

  it('of two teams are two members', async () => {
    const [ours, theirs] = [await newTeam(), await newTeam()];
    await store(scene.db, ours, [aPullRequest({ authorIsInternal: true })]);
    await store(scene.db, theirs, [aPullRequest({ authorIsInternal: false })]);
    expect(await readMembers(ours, inside)).toEqual(['ana false']);
    expect(await readMembers(theirs, inside)).toEqual(['ana true']);
  });

  it('that are renamed keep their row, and a name stays where another sighting has none', async () => {
    const team = await newTeam();
    await store(scene.db, team, [aPullRequest({ number: 1 })]);
    const { githubId } = anActor();
    const renamed = anActor({ login: 'ana-new', githubId, name: 'Ana' });
    const nameless = anActor({ login: 'ana-new', githubId, name: null });
    await store(scene.db, team, [
      aPullRequest({ number: 2, author: nameless, reviews: [aReview({ author: renamed })] }),
      aPullRequest({ number: 3, author: nameless }),
    ]);
    expect(await readMembers(team, "login || ' ' || name")).toEqual(['ana-new Ana']);
  });
});
