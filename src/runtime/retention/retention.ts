import type { Db } from '../../db/core/client.ts';
import { createNodeDb, verifyDb } from '../../db/core/node-client.ts';
import { findTeamId } from '../../db/teams/provision.ts';
import {
  deleteExpiredBatch,
  planRetention,
  refreshStatistics,
  RETENTION_BATCH,
  type ExpiredRows,
  type TeamRetentionPlan,
} from '../../db/retention/retention.ts';
import {
  dropExpiredPartitions,
  planPartitionDrops,
  type DroppedPartition,
} from '../../db/retention/retention-partitions.ts';
import { rollUpTeam } from '../../db/rollups/roll-up-team.ts';
import { eachTeam } from '../../db/core/teams.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { removesAiUsage, type RetentionKind } from '../../domain/retention/retention.ts';
import type { Platform } from '../platform/platform.ts';
import { directUrl } from '../platform/workspace.ts';

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
  /** EXPIRED in a dry run; BUSY when somebody holds it, WAITING when weeks of it are not rolled up: a later run drops it. */
  readonly outcome: 'EXPIRED' | DroppedPartition['outcome'];
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
      if (!options.dryRun && removesAiUsage(options.kind)) {
        // Usage is counted before it goes.
        await rollUpTeam(db, teamId, options.signal);
      }
      plans.push(...(plan === null ? [] : [plan]));
    }
    const { partitions, skipped } = await retainPartitions(platform, options);
    const teams = [];
    const waiting: string[] = [];
    for (const plan of plans) {
      const tables: RetentionTable[] = [];
      for (const expired of plan.tables) {
        const { deleted, isWaiting } = options.dryRun
          ? { deleted: 0, isWaiting: false }
          : await deleteRows(db, plan, expired, options);
        tables.push({ ...expired, deleted });
        if (isWaiting) {
          waiting.push(plan.slug);
        }
      }
      teams.push({ teamId: String(plan.teamId), slug: plan.slug, tables });
    }
    const large = teams.flatMap(({ tables }) =>
      tables.filter(({ deleted }) => deleted > RETENTION_BATCH).map(({ table }) => table),
    );
    if (large.length > 0 && platform.database.directUrl !== undefined) {
      await refreshStatistics(platform.database.directUrl, [...new Set(large)]);
    }
    if (waiting.length > 0) {
      skipped.push(
        `AI usage of ${waiting.join(', ')} stays: weeks of it are not rolled up yet, run retention again when they are.`,
      );
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
): Promise<Pick<RetentionSummary, 'partitions'> & { readonly skipped: string[] }> {
  if (!removesAiUsage(options.kind) || options.teamSlug !== null) {
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
    skipped: partitions.flatMap(({ name, outcome }) => {
      switch (outcome) {
        case 'BUSY':
          return [`${name} is still used by a transaction: the next run drops it.`];
        case 'WAITING':
          return [
            `${name} stays: weeks in it are not rolled up yet, run retention again when they are.`,
          ];
        case 'DROPPED':
        case 'RETAINED':
          return [];
      }
    }),
  };
}

async function deleteRows(
  db: Db,
  { teamId, slug }: TeamRetentionPlan,
  { table, cutoff, rows }: ExpiredRows,
  options: RetentionOptions,
): Promise<{ readonly deleted: number; readonly isWaiting: boolean }> {
  let deleted = 0;
  let isWaiting = false;
  for (let more = rows > 0; more;) {
    options.signal.throwIfAborted();
    if (table === 'ai_usage_daily') {
      // Marks may have come since the months were dropped.
      await rollUpTeam(db, teamId, options.signal);
    }
    const batch = await deleteExpiredBatch(db, {
      teamId,
      table,
      cutoff,
      now: options.now,
      actorId: null,
    });
    deleted += batch.rows;
    ({ more, isWaiting } = batch);
    options.onProgress(`${slug}: ${deleted} rows deleted from ${table}`);
  }
  return { deleted, isWaiting };
}
