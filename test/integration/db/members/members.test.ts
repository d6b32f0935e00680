import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GHOST } from '../../../../src/domain/members/actor.ts';
import { storeReviewComments } from '../../../../src/db/pulls/comments.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import {
  aComment,
  anActor,
  aPullRequest,
  aReview,
  hoursAfter,
} from '../../../support/rows/facts.ts';
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

  it('are inside wherever GitHub says so: of a review, a comment, and one on a line of the diff', async () => {
    const team = await newTeam();
    const [cy, dee] = [anActor({ login: 'cy' }), anActor({ login: 'dee' })];
    const eve = anActor({ login: 'eve' });
    const said = { authorIsInternal: true };
    const reviews = [aReview({ author: cy, ...said })];
    const comments = [aComment({ author: dee, ...said })];
    const outside = { author: anActor(), authorIsInternal: false };
    await store(scene.db, team, [
      aPullRequest({ ...outside, number: 1, reviews, comments }),
      aPullRequest({ ...outside, number: 2, reviews: [aReview({ author: eve })] }),
    ]);
    expect(await readMembers(team, inside)).toEqual([
      'ana true',
      'cy false',
      'dee false',
      'eve true',
    ]);
    const onLine = (createdAt: Date, authorIsInternal: boolean) => ({
      number: 2,
      comment: aComment({ kind: 'REVIEW', author: eve, createdAt, authorIsInternal }),
    });
    const AT = new Date('2025-12-17T10:00:00Z');
    const write = (written: ReturnType<typeof onLine>[]) =>
      withTeam(scene.db, team.teamId, (tx) =>
        storeReviewComments(tx, { ...team, comments: written }),
      );
    await write([onLine(AT, false)]);
    expect(await readMembers(team, inside)).toContain('eve true');
    await write([
      onLine(AT, false),
      onLine(hoursAfter(AT, 1), true),
      onLine(hoursAfter(AT, 2), false),
    ]);
    expect(await readMembers(team, inside)).toContain('eve false');
  });

  it('take the member inside that they count as', async () => {
    const team = await newTeam();
    const [work, home] = [anActor({ login: 'fay-work' }), anActor({ login: 'fay' })];
    const outside = { author: home, authorIsInternal: false };
    await store(scene.db, team, [
      aPullRequest({ ...outside, number: 1, reviews: [aReview({ author: work })] }),
    ]);
    await scene.sql.query(
      `UPDATE member SET merged_into_id = (SELECT id FROM member WHERE team_id = $1 AND login = 'fay')
       WHERE team_id = $1 AND login = 'fay-work'`,
      [team.teamId],
    );
    const reviews = [aReview({ author: work, authorIsInternal: true })];
    await store(scene.db, team, [aPullRequest({ ...outside, number: 2, reviews })]);
    expect(await readMembers(team, inside)).toEqual(['fay false', 'fay-work false']);
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
