import type { Db } from '../db/client.ts';
import { createNodeDb, verifyDb } from '../db/node-client.ts';
import { findTeamId } from '../db/provision.ts';
import {
  deleteExpiredBatch,
  planRetention,
  refreshStatistics,
  RETENTION_BATCH,
  type ExpiredRows,
  type TeamRetentionPlan,
} from '../db/retention.ts';
import { dropExpiredPartitions, planPartitionDrops } from '../db/retention-partitions.ts';
import { eachTeam } from '../db/teams.ts';
import { DomainError } from '../domain/errors.ts';
import type { RetentionKind } from '../domain/retention.ts';
import type { Platform } from './platform.ts';
import { directUrl } from './workspace.ts';

export interface RetentionOptions {
  /** Only counts. */
  readonly dryRun: boolean;
  /** Instead of the settings of the teams, 30 to 3650; null takes the settings. */
  readonly days: number | null;
  /** Null means all kinds. */
  readonly kind: RetentionKind | null;
  /** One team alone; partitions belong to all teams and then stay. Null means all. */
  readonly teamSlug: string | null;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

export interface RetentionPartition {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** EXPIRED in a dry run; BUSY when somebody holds it, and the next run removes it. */
  readonly outcome: 'EXPIRED' | 'DROPPED' | 'BUSY' | 'KEPT';
}

export interface RetentionTable extends ExpiredRows {
  /** Rows that this run deleted; 0 in a dry run. Those of whole partitions are counted there. */
  readonly deleted: number;
}

export interface RetentionSummary {
  readonly dryRun: boolean;
  readonly partitions: readonly RetentionPartition[];
  readonly teams: readonly {
    readonly teamId: string;
    readonly slug: string;
    readonly tables: readonly RetentionTable[];
  }[];
  /** What was not done, one sentence each. */
  readonly skipped: readonly string[];
}

/** A command is one user of the database. */
const POOL_SIZE = 2;

/** How long a partition waits for the transactions that use it. */
const PARTITION_LOCK_TIMEOUT_MS = 5_000;

/**
 * Removes what is older than the settings of the teams, or says what would be removed: first whole months of AI usage,
 * then the rest in batches. Interrupted, it stops behind the running batch, and the next run goes on.
 * @throws DomainError INVALID_INPUT when the days are out of bounds or the owner's connection is needed and missing,
 * NOT_FOUND when no team has the slug, DATABASE_UNAVAILABLE
 */
export async function retainInstallation(
  platform: Pick<Platform, 'database'>,
  options: RetentionOptions,
): Promise<RetentionSummary> {
  const db = connect(platform.database.url);
  try {
    await verifyDb(db);
    const only = options.teamSlug === null ? null : await findTeam(platform, options.teamSlug);
    const plans: TeamRetentionPlan[] = [];
    for await (const teamId of only === null ? eachTeam(db) : [only]) {
      options.signal.throwIfAborted();
      options.onProgress(`counting what is too old in team ${plans.length + 1}`);
      const plan = await planRetention(db, teamId, options);
      plans.push(...(plan === null ? [] : [plan]));
    }
    const { partitions, skipped } = await retainPartitions(platform, options);
    const teams = [];
    for (const plan of plans) {
      const tables: RetentionTable[] = [];
      for (const expired of plan.tables) {
        const deleted = options.dryRun ? 0 : await deleteRows(db, plan, expired, options);
        tables.push({ ...expired, deleted });
      }
      teams.push({ teamId: String(plan.teamId), slug: plan.slug, tables });
    }
    const large = teams.flatMap(({ tables }) =>
      tables.filter(({ deleted }) => deleted > RETENTION_BATCH).map(({ table }) => table),
    );
    if (large.length > 0 && platform.database.directUrl !== undefined) {
      await refreshStatistics(platform.database.directUrl, [...new Set(large)]);
    }
    return { dryRun: options.dryRun, partitions, teams, skipped };
  } finally {
    await db.$disconnect();
  }
}

function connect(connectionString: string): Db {
  return createNodeDb({
    connectionString,
    poolSize: POOL_SIZE,
    applicationName: 'throughline retention',
    onConnectionError: () => undefined,
  });
}

async function findTeam(platform: Pick<Platform, 'database'>, slug: string): Promise<bigint> {
  const maintenance = connect(directUrl(platform));
  try {
    const teamId = await findTeamId(maintenance, slug);
    if (teamId === null) {
      throw new DomainError(
        'NOT_FOUND',
        `There is no team with the slug "${slug}": the API's teams list them.`,
      );
    }
    return teamId;
  } finally {
    await maintenance.$disconnect();
  }
}

async function retainPartitions(
  platform: Pick<Platform, 'database'>,
  options: RetentionOptions,
): Promise<Pick<RetentionSummary, 'partitions' | 'skipped'>> {
  if (options.kind === 'WEEKLY_METRICS' || options.teamSlug !== null) {
    return { partitions: [], skipped: [] };
  }
  const { directUrl: owner } = platform.database;
  if (owner === undefined) {
    return {
      partitions: [],
      skipped: [
        'Whole months stay, their rows go in batches: set DATABASE_DIRECT_URL (role throughline_maintenance) to drop them.',
      ],
    };
  }
  if (options.dryRun) {
    const expired = await planPartitionDrops(owner, options);
    return {
      partitions: expired.map(({ name, rows, bytes }) => ({
        name,
        rows,
        bytes,
        outcome: 'EXPIRED',
      })),
      skipped: [],
    };
  }
  options.onProgress('dropping whole months');
  const partitions = await dropExpiredPartitions(owner, {
    ...options,
    lockTimeoutMs: PARTITION_LOCK_TIMEOUT_MS,
    actorId: null,
  });
  return {
    partitions,
    skipped: partitions
      .filter(({ outcome }) => outcome === 'BUSY')
      .map(({ name }) => `${name} is still used by a transaction: the next run drops it.`),
  };
}

async function deleteRows(
  db: Db,
  { teamId, slug }: TeamRetentionPlan,
  { table, cutoff, rows }: ExpiredRows,
  options: RetentionOptions,
): Promise<number> {
  let deleted = 0;
  for (let more = rows > 0; more;) {
    options.signal.throwIfAborted();
    const batch = await deleteExpiredBatch(db, {
      teamId,
      table,
      cutoff,
      now: options.now,
      actorId: null,
    });
    deleted += batch.rows;
    ({ more } = batch);
    options.onProgress(`${slug}: ${deleted} rows deleted from ${table}`);
  }
  return deleted;
}
