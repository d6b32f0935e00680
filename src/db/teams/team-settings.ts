import { recordAudit } from '../core/admin-audit.ts';
import type { Db } from '../core/client.ts';
import type { ReadSession } from '../reads/read-source.ts';
import { withTeam } from '../core/team-transaction.ts';

/** How long a team's data is retained, in days; null leaves it as it is. */
export interface RetentionSettings {
  readonly aiUsageRetentionDays: number | null;
  readonly weeklyMetricsRetentionDays: number | null;
}

export interface ChangeRetentionInput extends RetentionSettings {
  readonly teamId: bigint;
  readonly actorId: bigint;
}

/** Changes how long a team's data is retained, and writes it to the team's audit. The next retention applies it. */
export async function changeRetentionSettings(db: Db, input: ChangeRetentionInput): Promise<void> {
  const { teamId, actorId, aiUsageRetentionDays, weeklyMetricsRetentionDays } = input;
  await withTeam(db, teamId, async (tx) => {
    await tx.$executeRaw`
      UPDATE team SET ai_usage_retention_days = coalesce(${aiUsageRetentionDays}::integer, ai_usage_retention_days),
        weekly_metrics_retention_days = coalesce(${weeklyMetricsRetentionDays}::integer, weekly_metrics_retention_days)
      WHERE id = ${teamId}`;
    await recordAudit(tx, {
      teamId,
      actorId,
      action: 'TEAM_SETTINGS',
      details: { aiUsageRetentionDays, weeklyMetricsRetentionDays },
    });
  });
}

/** Whether PostgreSQL knows a time zone of exactly this name. */
export async function isTimeZoneKnown(session: ReadSession, name: string): Promise<boolean> {
  const rows = await session.query<{ name: string }>(
    'SELECT name FROM pg_timezone_names WHERE name = $1',
    [name],
  );
  return rows.length > 0;
}
