import type { ExpiredTable, RetentionActivities } from '../../contracts/retention.ts';
import type { Db } from '../../db/core/client.ts';
import { withDirectConnection } from '../../db/core/direct-connection.ts';
import { findOrphans } from '../../db/retention/orphans.ts';
import {
  deleteExpiredBatch,
  isExpiringTable,
  planRetention,
  refreshStatistics,
} from '../../db/retention/retention.ts';
import { dropExpiredPartitions } from '../../db/retention/retention-partitions.ts';
import { rollUpTeam } from '../../db/rollups/roll-up-team.ts';
import { listTeams } from '../../db/core/teams.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { deleteOldHistory } from '../../db/delivery/history-commits.ts';
import { deleteOldDeliveries } from '../../db/webhooks/webhook-deliveries.ts';
import { deleteOldSyncRuns, deleteResolvedLetters } from '../../db/sync/sync-log.ts';
import { ensureUsagePartitions, upcomingUsageMonths } from '../../db/usage/usage-partitions.ts';
import { DomainError } from '../../domain/core/errors.ts';

export interface RetentionActivityDependencies {
  readonly db: Db;
  /** Of the role that owns the tables, past any pooler; null where a worker has none. */
  readonly directUrl: string | null;
  readonly now: () => Date;
}

/** Teams that one activity counts or rolls up. */
const TEAMS_PER_PLAN = 50;

/** Batches of one activity: they take less than a minute, and a cancelled run stops after them. */
const BATCHES_PER_ACTIVITY = 10;

const DAY_MS = 24 * 60 * 60 * 1000;

/** How long webhook deliveries are retained, for whoever looks for what came: 30 days. */
const WEBHOOK_RETENTION_MS = 30 * DAY_MS;

/** How long sync runs and resolved dead letters are retained: 90 days. */
const SYNC_LOG_RETENTION_MS = 90 * DAY_MS;

/** How long commits are retained by which deployments' ranges are told, from when they were read: 90 days. */
const HISTORY_RETENTION_MS = 90 * DAY_MS;

/** How long a partition waits for the transactions that use it before it is left to the next run. */
const PARTITION_LOCK_TIMEOUT_MS = 5_000;

const WITHOUT_OWNER =
  'This worker has no DATABASE_DIRECT_URL: set it (role throughline_maintenance) where the queue compute is served.';

/** Activities of the queue `compute` that remove what is old and keep the tables in order. */
export function createRetentionActivities(
  dependencies: RetentionActivityDependencies,
): RetentionActivities {
  const { db, directUrl, now } = dependencies;
  return {
    ...createPartitionActivities(dependencies),
    ...createExpiredRowActivities(dependencies),

    async rollUpTeams({ after }) {
      const teamIds = await listTeams(db, BigInt(after), TEAMS_PER_PLAN);
      for (const teamId of teamIds) {
        await rollUpTeam(db, teamId);
      }
      return { next: teamIds.length < TEAMS_PER_PLAN ? null : String(teamIds.at(-1)) };
    },

    async deleteOldLogs({ after }) {
      const before = new Date(now().getTime() - WEBHOOK_RETENTION_MS);
      const teamIds = await listTeams(db, BigInt(after), TEAMS_PER_PLAN);
      for (const teamId of teamIds) {
        for (let more = true; more;) {
          more = await withTeam(db, teamId, (tx) => deleteOldDeliveries(tx, teamId, before));
        }
        const unread = new Date(now().getTime() - HISTORY_RETENTION_MS);
        for (let more = true; more;) {
          more = await withTeam(db, teamId, (tx) => deleteOldHistory(tx, teamId, unread));
        }
        await deleteOldSyncLog(db, teamId, new Date(now().getTime() - SYNC_LOG_RETENTION_MS));
      }
      return { next: teamIds.length < TEAMS_PER_PLAN ? null : String(teamIds.at(-1)) };
    },

    async countOrphans() {
      if (directUrl === null) {
        return {
          keysChecked: 0,
          orphans: [],
          skipped: `No orphans are looked for. ${WITHOUT_OWNER}`,
        };
      }
      const counts = await withDirectConnection(directUrl, findOrphans);
      return {
        keysChecked: counts.length,
        orphans: counts
          .filter(({ orphans }) => orphans > 0)
          .map(({ constraint, orphans }) => ({ constraint, rows: orphans })),
        skipped: null,
      };
    },
  };
}

/** Activities that make and drop whole months of usage. */
function createPartitionActivities({
  db,
  directUrl,
  now,
}: RetentionActivityDependencies): Pick<
  RetentionActivities,
  'dropExpiredPartitions' | 'ensureUsagePartitions'
> {
  return {
    async dropExpiredPartitions({ days, requestedBy }) {
      if (directUrl === null) {
        return { dropped: [], busy: [], rows: 0, skipped: `Partitions stay. ${WITHOUT_OWNER}` };
      }
      const results = await dropExpiredPartitions(directUrl, {
        now: now(),
        days,
        actorId: toActor(requestedBy),
        lockTimeoutMs: PARTITION_LOCK_TIMEOUT_MS,
      });
      const namesOf = (outcome: string): string[] =>
        results.filter((result) => result.outcome === outcome).map(({ name }) => name);
      const waiting = namesOf('WAITING');
      return {
        dropped: namesOf('DROPPED'),
        busy: namesOf('BUSY'),
        rows: results.reduce((sum, { rows }) => sum + rows, 0),
        skipped:
          waiting.length === 0
            ? null
            : `${waiting.join(', ')}: weeks in it are not rolled up yet, so it stays until the next run.`,
      };
    },

    async ensureUsagePartitions() {
      const months = upcomingUsageMonths(now());
      await ensureUsagePartitions(db, months);
      return { months };
    },
  };
}

/** Activities that delete expired rows, batch by batch. */
function createExpiredRowActivities({
  db,
  directUrl,
  now,
}: RetentionActivityDependencies): Pick<
  RetentionActivities,
  'planRetention' | 'deleteExpiredRows' | 'refreshStatistics'
> {
  return {
    async planRetention({ teamId, after, days, kind }) {
      const teamIds =
        teamId === null ? await listTeams(db, BigInt(after), TEAMS_PER_PLAN) : [BigInt(teamId)];
      const tables: ExpiredTable[] = [];
      for (const id of teamIds) {
        const plan = await planRetention(db, id, { now: now(), days, kind });
        for (const { table, cutoff, rows } of plan?.tables ?? []) {
          if (rows > 0) {
            tables.push({ teamId: String(id), table, cutoff, rows });
          }
        }
      }
      const isLast = teamId !== null || teamIds.length < TEAMS_PER_PLAN;
      return { teams: teamIds.length, tables, next: isLast ? null : String(teamIds.at(-1)) };
    },

    async deleteExpiredRows({ teamId, table, cutoff, requestedBy }) {
      if (!isExpiringTable(table)) {
        throw new DomainError('INVALID_INPUT', `Retention knows no table ${table}.`);
      }
      let deleted = 0;
      for (let batch = 0; batch < BATCHES_PER_ACTIVITY; batch += 1) {
        // Usage is counted before it goes.
        if (table === 'ai_usage_daily') {
          await rollUpTeam(db, BigInt(teamId));
        }
        const { rows, more, isWaiting } = await deleteExpiredBatch(db, {
          teamId: BigInt(teamId),
          table,
          cutoff,
          now: now(),
          actorId: toActor(requestedBy),
        });
        deleted += rows;
        if (!more) {
          return { rows: deleted, more: false, isWaiting };
        }
      }
      return { rows: deleted, more: true, isWaiting: false };
    },

    async refreshStatistics({ tables }) {
      if (directUrl !== null) {
        await refreshStatistics(directUrl, tables.filter(isExpiringTable));
      }
    },
  };
}

async function deleteOldSyncLog(db: Db, teamId: bigint, before: Date): Promise<void> {
  // First the repository syncs, then the jobs that have none left.
  for (let pass = 1; pass <= 2; pass += 1) {
    for (let after: bigint | null = 0n; after !== null;) {
      const range: { before: Date; after: bigint } = { before, after };
      after = await withTeam(db, teamId, (tx) => deleteOldSyncRuns(tx, teamId, range));
    }
  }
  for (let more = true; more;) {
    more = await withTeam(db, teamId, (tx) => deleteResolvedLetters(tx, teamId, before));
  }
}

function toActor(requestedBy: string | null): bigint | null {
  return requestedBy === null ? null : BigInt(requestedBy);
}
