import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import {
  aCommit,
  anActor,
  aPullRequest,
  aReview,
  hoursAfter,
} from '../../../support/rows/facts.ts';
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

it('a rollup sums up apart what of merged pull requests is left out of metrics', async () => {
  const team = await addTeam(scene.sql, 'elsewhere');
  const created = new Date('2025-12-16T10:00:00Z');
  const pull = (number: number, way: string, given: Partial<PullRequestFact>) => {
    const [headBranch = '', baseBranch = ''] = way.split('>');
    const mergedAt = hoursAfter(created, 9);
    return aPullRequest({ number, headBranch, baseBranch, createdAt: created, mergedAt, ...given });
  };
  const reviewed = { reviews: [aReview({ submittedAt: hoursAfter(created, 1) })] };
  const early = { reviews: [aReview({ submittedAt: hoursAfter(created, -1) })] };
  await store(scene.db, team, [
    pull(1, 'b1>main', { title: 'Revert "One"' }),
    pull(2, 'b2>b1', { ...reviewed, title: 'Revert "Two"' }),
    pull(3, 'b3>b2', { ...reviewed, title: 'hotfix: three' }),
    // Reviewed before they were created.
    pull(4, 'b4>main', { ...early, title: 'hotfix: four' }),
    pull(5, 'b5>b1', { ...early, title: 'hotfix: five' }),
  ]);
  await rollUp(scene.db, team);
  const { rows } = await scene.sql.query(
    `SELECT sum(pull_requests_merged_elsewhere)::int AS elsewhere, sum(elsewhere_reviewed_count)::int AS reviewed,
       sum(elsewhere_revert_count)::int AS reverts, sum(elsewhere_hotfix_count)::int AS hotfixes,
       sum(revert_count)::int AS counted_reverts, sum(hotfix_count)::int AS counted_hotfixes,
       sum(anomaly_count)::int AS anomalies, sum(anomaly_reviewed_count)::int AS anomalies_reviewed
     FROM weekly_metrics WHERE team_id = $1`,
    [team.teamId],
  );
  expect(rows).toEqual([
    {
      elsewhere: 3,
      reviewed: 3,
      reverts: 1,
      hotfixes: 2,
      counted_reverts: 1,
      counted_hotfixes: 1,
      anomalies: 1,
      anomalies_reviewed: 1,
    },
  ]);
});
