import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import type { ReadSession } from '../reads/read-source.ts';

/** How long a team's data is retained, in days; null leaves it as it is. */
export interface RetentionSettings {
  readonly aiUsageRetentionDays: number | null;
  readonly weeklyMetricsRetentionDays: number | null;
}

export interface ChangeRetentionInput extends RetentionSettings {
  readonly teamId: bigint;
}

/** Changes how long a team's data is retained. The next retention applies it. */
export async function changeRetentionSettings(
  tx: DbTransaction,
  input: ChangeRetentionInput,
): Promise<Written<void>> {
  const { teamId, aiUsageRetentionDays, weeklyMetricsRetentionDays } = input;
  await tx.$executeRaw`
      UPDATE team SET ai_usage_retention_days = coalesce(${aiUsageRetentionDays}::integer, ai_usage_retention_days),
        weekly_metrics_retention_days = coalesce(${weeklyMetricsRetentionDays}::integer, weekly_metrics_retention_days)
      WHERE id = ${teamId}`;
  return {
    result: undefined,
    audit: {
      action: 'TEAM_SETTINGS',
      details: { aiUsageRetentionDays, weeklyMetricsRetentionDays },
    },
  };
}

/** Whether PostgreSQL knows a time zone of exactly this name. */
export async function isTimeZoneKnown(session: ReadSession, name: string): Promise<boolean> {
  const rows = await session.query<{ name: string }>(
    'SELECT name FROM pg_timezone_names WHERE name = $1',
    [name],
  );
  return rows.length > 0;
}
