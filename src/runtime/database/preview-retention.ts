import { createNodeDb, verifyDb } from '../../db/core/node-client.ts';
import { eachTeam } from '../../db/core/teams.ts';
import {
  planRetention,
  type RetentionRequest,
  type TeamRetentionPlan,
} from '../../db/retention/retention.ts';
import {
  planPartitionDrops,
  type ExpiredPartition,
} from '../../db/retention/retention-partitions.ts';
import { readTeamId } from '../../db/teams/provision.ts';
import { removesAiUsage } from '../../domain/retention/retention.ts';
import type { Platform } from '../platform/platform.ts';
import { withMaintenanceDb } from '../platform/workspace.ts';

/** What the workflow applyRetention would remove now. */
export interface RetentionPreview {
  /** Whole months that no team keeps; their rows are counted in the teams too. */
  readonly partitions: readonly ExpiredPartition[];
  readonly teams: readonly TeamRetentionPlan[];
  /** What cannot be shown, one sentence each. */
  readonly skipped: readonly string[];
}

export interface RetentionPreviewOptions extends RetentionRequest {
  /** One team alone; months belong to all teams and then stay. Null means all. */
  readonly teamId: bigint | null;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

type Database = Pick<Platform, 'database'>;

/** Shown in pg_stat_activity. */
const APPLICATION = 'throughline retention';

const WITHOUT_OWNER =
  'Whole months are not listed: set DATABASE_DIRECT_URL (role throughline_maintenance) to see them.';

/**
 * Counts what retention would remove, and changes nothing. Without the owner's connection no months are listed: then
 * their rows would go in batches.
 * @throws DomainError INVALID_INPUT when the days are out of their bounds, DATABASE_UNAVAILABLE
 */
export async function previewRetention(
  { database }: Database,
  options: RetentionPreviewOptions,
): Promise<RetentionPreview> {
  const db = createNodeDb({
    connectionString: database.url,
    poolSize: 1,
    applicationName: APPLICATION,
    // A connection that breaks fails what uses it, which tells more.
    onConnectionError: () => undefined,
  });
  try {
    await verifyDb(db);
    const teams: TeamRetentionPlan[] = [];
    for await (const teamId of options.teamId === null ? eachTeam(db) : [options.teamId]) {
      options.signal.throwIfAborted();
      options.onProgress(`counting what is too old in team ${teams.length + 1}`);
      const plan = await planRetention(db, teamId, options);
      teams.push(...(plan === null ? [] : [plan]));
    }
    const dropsMonths = removesAiUsage(options.kind) && options.teamId === null;
    if (!dropsMonths) {
      return { partitions: [], teams, skipped: [] };
    }
    if (database.directUrl === undefined) {
      return { partitions: [], teams, skipped: [WITHOUT_OWNER] };
    }
    const partitions = await planPartitionDrops(database.directUrl, options);
    return { partitions, teams, skipped: [] };
  } finally {
    await db.$disconnect();
  }
}

/**
 * The team that a command names.
 * @throws DomainError NOT_FOUND without such a team, DATABASE_UNAVAILABLE, INVALID_INPUT when the owner's connection is not configured
 */
export async function findTeam(platform: Database, slug: string): Promise<bigint> {
  return withMaintenanceDb(platform, APPLICATION, async (maintenance) => {
    await verifyDb(maintenance);
    return readTeamId(maintenance, slug);
  });
}
