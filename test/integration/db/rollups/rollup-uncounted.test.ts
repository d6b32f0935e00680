import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCommit, anActor, aPullRequest, aReview } from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene } from '../scene.ts';
import { store } from '../stored-rows.ts';
import { readMemberWeeks, rollUp } from './stored-member-weeks.ts';

const WEEK = '2025-12-15';
const BO = anActor({ login: 'bo' });

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

it('a rollup counts nothing of a pull request whose lists are not all read, or that is gone from GitHub', async () => {
  const team = await addTeam(scene.sql, 'uncounted');
  const mergedAt = new Date('2025-12-17T10:00:00Z');
  const full = (number: number) =>
    aPullRequest({
      number,
      mergedAt,
      reviews: [aReview({ githubId: BigInt(number), author: BO })],
      commits: [aCommit({ headline: `Commit ${number}` })],
    });
  const unread = [{ list: 'TIMELINE' as const, cursor: 'next' }];
  await store(scene.db, team, [full(1), { ...full(2), unread }, full(3)]);
  await scene.sql.query(
    'UPDATE pull_request SET deleted_at = now() WHERE team_id = $1 AND number = 3',
    [team.teamId],
  );
  for (const dirtyMarks of ['as they are', 'of whole weeks']) {
    if (dirtyMarks === 'of whole weeks') {
      await scene.sql.query('INSERT INTO rollup_dirty (team_id, week_start) VALUES ($1, $2)', [
        team.teamId,
        WEEK,
      ]);
    }
    await rollUp(scene.db, team);
    const memberWeeks = await readMemberWeeks(scene.sql, team);
    const counts = memberWeeks.map((memberWeek) => [
      memberWeek.login,
      memberWeek.opened,
      memberWeek.merged,
      memberWeek.reviews,
      memberWeek.commits,
    ]);
    expect(counts, dirtyMarks).toEqual([
      ['ana', 1, 1, 0, 1],
      ['bo', 0, 0, 1, 0],
    ]);
  }
});
