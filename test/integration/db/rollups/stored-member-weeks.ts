import type pg from 'pg';
import type { Db } from '../../../../src/db/core/client.ts';
import { rollUpDirtyWeeks, type RollUpResult } from '../../../../src/db/rollups/weekly-rollup.ts';
import type { SceneTeam } from '../scene.ts';

/** One stored week of a member, by login; counts and sums as numbers. */
export interface StoredMemberWeek {
  readonly login: string;
  readonly week: string;
  readonly opened: number;
  readonly merged: number;
  readonly closed: number;
  readonly cycleTime: number;
  readonly openToMerge: number;
  readonly firstReview: number;
  readonly reviewed: number;
  readonly sized: number;
  readonly anomalies: number;
  readonly additions: number;
  readonly deletions: number;
  readonly reverts: number;
  readonly hotfixes: number;
  readonly reviews: number;
  readonly reviewedPulls: number;
  readonly commits: number;
  readonly aiShown: number;
  readonly aiAccepted: number;
  readonly aiDays: number;
}

const COLUMNS: Readonly<Record<Exclude<keyof StoredMemberWeek, 'login' | 'week'>, string>> = {
  opened: 'pull_requests_opened',
  merged: 'pull_requests_merged',
  closed: 'pull_requests_closed',
  cycleTime: 'cycle_time_seconds',
  openToMerge: 'open_to_merge_seconds',
  firstReview: 'first_review_seconds',
  reviewed: 'first_review_count',
  sized: 'sized_count',
  anomalies: 'anomaly_count',
  additions: 'additions',
  deletions: 'deletions',
  reverts: 'revert_count',
  hotfixes: 'hotfix_count',
  reviews: 'reviews_submitted',
  reviewedPulls: 'reviewed_pull_requests',
  commits: 'commits',
  aiShown: 'ai_suggestions_shown',
  aiAccepted: 'ai_suggestions_accepted',
  aiDays: 'ai_active_days',
};

/** A team's weeks of the generation that is read, ordered by login and week. */
export async function readMemberWeeks(
  sql: pg.Client,
  { teamId }: SceneTeam,
): Promise<StoredMemberWeek[]> {
  const columns = Object.entries(COLUMNS).map(([key, column]) => `w.${column}::float8 AS "${key}"`);
  const { rows } = await sql.query<StoredMemberWeek>(
    `SELECT m.login, w.week_start::text AS week, ${columns.join(', ')}
    FROM weekly_metrics w
    JOIN team t ON t.id = w.team_id AND t.rollup_generation = w.generation
    JOIN member m ON m.team_id = w.team_id AND m.id = w.member_id
    WHERE w.team_id = $1 ORDER BY m.login, w.week_start`,
    [teamId],
  );
  return rows;
}

/** The row of a member week; fails when it is not there. */
export async function readMemberWeek(
  sql: pg.Client,
  team: SceneTeam,
  login: string,
  week: string,
): Promise<StoredMemberWeek> {
  const memberWeeks = await readMemberWeeks(sql, team);
  const memberWeek = memberWeeks.find((one) => one.login === login && one.week === week);
  if (memberWeek === undefined) {
    throw new Error(`${login} has no week ${week}`);
  }
  return memberWeek;
}

export function rollUp(db: Db, { teamId }: SceneTeam, maxWeeks = 53): Promise<RollUpResult> {
  return rollUpDirtyWeeks(db, { teamId, maxWeeks });
}
