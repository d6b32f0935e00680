import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import type { ReadSession } from '../reads/read-source.ts';

/** Settings of a team that hold at once; null leaves one as it is. */
export interface TeamSettings {
  /** How long data is retained, in days. The next retention applies it. */
  readonly aiUsageRetentionDays: number | null;
  readonly weeklyMetricsRetentionDays: number | null;
  /** Whether people from outside count where a question does not say. */
  readonly includeExternal: boolean | null;
}

export interface ChangeTeamSettingsInput extends TeamSettings {
  readonly teamId: bigint;
}

/** Changes settings of a team that hold at once. */
export async function changeTeamSettings(
  tx: DbTransaction,
  input: ChangeTeamSettingsInput,
): Promise<Written<void>> {
  const { teamId, aiUsageRetentionDays, weeklyMetricsRetentionDays, includeExternal } = input;
  await tx.$executeRaw`
      UPDATE team SET ai_usage_retention_days = coalesce(${aiUsageRetentionDays}::integer, ai_usage_retention_days),
        weekly_metrics_retention_days = coalesce(${weeklyMetricsRetentionDays}::integer, weekly_metrics_retention_days),
        include_external = coalesce(${includeExternal}::boolean, include_external)
      WHERE id = ${teamId}`;
  return {
    result: undefined,
    audit: {
      action: 'TEAM_SETTINGS',
      details: {
        aiUsageRetentionDays,
        weeklyMetricsRetentionDays,
        ...(includeExternal !== null && { includeExternal }),
      },
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
