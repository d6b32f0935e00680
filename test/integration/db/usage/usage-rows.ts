import type pg from 'pg';

export interface UsageSpan {
  /** First and last day, YYYY-MM-DD. */
  readonly from: string;
  readonly to: string;
  /** Member ids 1 to this number have a row a day. */
  readonly members: number;
}

/** Rows of AI usage, past the writer, with the partitions that they need. */
export async function addUsage(sql: pg.Client, teamId: bigint, span: UsageSpan): Promise<void> {
  await sql.query(
    `SELECT throughline_ensure_usage_partition(month::date)
    FROM generate_series(date_trunc('month', $1::date), $2::date, '1 month') AS month`,
    [span.from, span.to],
  );
  await sql.query(
    `INSERT INTO ai_usage_daily (team_id, member_id, date, source, suggestions_shown, suggestions_accepted,
      lines_suggested, lines_accepted, interactions, active_hours, credits, synced_at)
    SELECT $1, member, day::date, 'COPILOT', 4, 2, 8, 3, 1, 1, 1, now()
    FROM generate_series($2::date, $3::date, '1 day') AS day, generate_series(1, $4::integer) AS member`,
    [teamId, span.from, span.to, span.members],
  );
}

/** One member week of weekly metrics: what must be there and has no default is zero. */
export async function addWeek(
  sql: pg.Client,
  teamId: bigint,
  memberWeek: { readonly generation: number; readonly week: string },
): Promise<void> {
  const { rows } = await sql.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
    WHERE table_name = 'weekly_metrics' AND is_nullable = 'NO' AND data_type IN ('bigint', 'integer')
      AND column_name NOT IN ('team_id', 'generation', 'member_id')`,
  );
  await sql.query(
    `INSERT INTO weekly_metrics (team_id, generation, member_id, week_start, definition_version, computed_at
      ${rows.map(({ name }) => `, ${name}`).join('')})
    VALUES ($1, $2, 1, $3, 'v1', now() ${', 0'.repeat(rows.length)})`,
    [teamId, memberWeek.generation, memberWeek.week],
  );
}

/** What the audit of a team says, in order. */
export async function readAudit(sql: pg.Client, teamId: bigint): Promise<unknown[]> {
  const { rows } = await sql.query<{ details: unknown }>(
    `SELECT details FROM admin_audit WHERE team_id = $1 AND action = 'RETENTION' ORDER BY id`,
    [teamId],
  );
  return rows.map(({ details }) => details);
}
