import { toArrayLiteral } from './array-literal.ts';
import type { DbTransaction } from './client.ts';

/** First days of the weeks that each pull request touches, by its id. */
export type WeeksByPullRequest = ReadonlyMap<bigint, ReadonlySet<string>>;

/**
 * The weeks that pull requests touch as they are stored now: creation, merge, closing, reviews and commits, cut in
 * the team's zone. Read before and after a write, so that a week that a fact leaves is recomputed too.
 */
export async function readTouchedWeeks(
  tx: DbTransaction,
  teamId: bigint,
  pullRequestIds: readonly bigint[],
): Promise<WeeksByPullRequest> {
  const ids = toArrayLiteral(pullRequestIds);
  const rows = await tx.$queryRaw<{ id: bigint; week: string }[]>`
    SELECT DISTINCT touched.id, throughline_week_start(touched.at, t.time_zone, t.week_start)::text AS week
    FROM team t
    CROSS JOIN LATERAL (
      SELECT p.id, moment.at FROM pull_request p
      CROSS JOIN LATERAL (VALUES (p.created_at), (p.merged_at), (p.closed_at)) AS moment(at)
      WHERE p.team_id = t.id AND p.id = ANY (${ids}::text::bigint[])
      UNION ALL
      SELECT r.pull_request_id, r.submitted_at FROM review r
      WHERE r.team_id = t.id AND r.pull_request_id = ANY (${ids}::text::bigint[])
      UNION ALL
      SELECT c.pull_request_id, c.authored_at FROM commit c
      WHERE c.team_id = t.id AND c.pull_request_id = ANY (${ids}::text::bigint[])
    ) AS touched
    WHERE t.id = ${teamId} AND touched.at IS NOT NULL`;
  const weeks = new Map<bigint, Set<string>>();
  for (const row of rows) {
    const known = weeks.get(row.id) ?? new Set();
    known.add(row.week);
    weeks.set(row.id, known);
  }
  return weeks;
}

/**
 * Appends one mark a week. Marks are never unique: a mark that another transaction wrote, and that a rollup has
 * already read, must not swallow ours.
 */
export async function markWeeks(
  tx: DbTransaction,
  teamId: bigint,
  weeks: Iterable<string>,
): Promise<void> {
  const distinct = [...new Set(weeks)].toSorted();
  if (distinct.length > 0) {
    await tx.$executeRaw`
      INSERT INTO rollup_dirty (team_id, week_start)
      SELECT ${teamId}, week FROM unnest(${toArrayLiteral(distinct)}::text::date[]) AS marked(week)`;
  }
}
