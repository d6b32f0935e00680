import pg from 'pg';
import { DomainError } from '../../domain/core/errors.ts';
import { MAX_RETENTION_DAYS, retentionCutoff } from '../../domain/retention/retention.ts';
import { withDirectConnection } from '../core/direct-connection.ts';
import { sqlState } from '../core/sql-state.ts';

/** Whole months of AI usage that nobody needs any more. All of this runs as the owner of the tables, past any pooler. */

export interface ExpiredPartition {
  /** Name of the table in the schema `partitions`. */
  readonly name: string;
  /** First day and first day of the next month, YYYY-MM-DD. */
  readonly from: string;
  readonly until: string;
  readonly rows: number;
  readonly bytes: number;
  /** How far an earlier run came: LEAVING was begun, DETACHED only waits to be dropped. */
  readonly state: 'ATTACHED' | 'LEAVING' | 'DETACHED';
}

export interface DroppedPartition extends Pick<ExpiredPartition, 'name' | 'rows' | 'bytes'> {
  /**
   * BUSY: a transaction holds it, or a writer has taken it back; the next run goes on. KEPT: an earlier run had begun
   * to remove it, but by now a team wants to keep its days. WAITING: weeks of it are not rolled up yet.
   */
  readonly outcome: 'DROPPED' | 'BUSY' | 'RETAINED' | 'WAITING';
}

export interface PartitionRequest {
  readonly now: Date;
  /** Instead of the longest setting of all teams, 30 to 3650. */
  readonly days: number | null;
}

export interface PartitionDropOptions extends PartitionRequest {
  /** How long one step may wait for transactions of others. */
  readonly lockTimeoutMs: number;
  /** Who asked, for the audit; null when the schedule did. */
  readonly actorId: bigint | null;
  readonly signal?: AbortSignal;
}

/** Not a lock in time, a deadlock with a writer, or a cancelled statement: nothing is lost, the next run goes on. */
const BUSY = new Set(['55P03', '40P01', '57014', '55006', '55000']);

/**
 * Partitions whose last day is older than the cutoff, and what an earlier run left half done: that is ended first,
 * because only one partition of a table may be leaving at a time. The name of a partition says its month.
 */
const FIND_EXPIRED = `
SELECT c.relname AS name, month.first::text AS from, month.next::text AS until,
  month.next <= $1::date AS "isExpired",
  CASE WHEN i.inhrelid IS NULL THEN 'DETACHED' WHEN i.inhdetachpending THEN 'LEAVING' ELSE 'ATTACHED' END AS state,
  pg_total_relation_size(c.oid)::float8 AS bytes
FROM pg_class c
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
CROSS JOIN LATERAL (SELECT to_date(right(c.relname, 7), 'YYYY_MM') AS first) AS begun
CROSS JOIN LATERAL (SELECT begun.first, (begun.first + interval '1 month')::date AS next) AS month
WHERE c.relnamespace = 'partitions'::regnamespace AND c.relkind = 'r'
  AND c.relname ~ '^ai_usage_daily_[0-9]{4}_[0-9]{2}$'
  AND (month.next <= $1::date OR i.inhrelid IS NULL OR i.inhdetachpending)
ORDER BY i.inhdetachpending IS NOT TRUE, month.first`;

/**
 * Lists the months that would be dropped, with what is in them; changes nothing.
 * @param directUrl of the role that owns the tables, past any pooler
 * @throws DomainError INVALID_INPUT when the days are out of their bounds, DATABASE_UNAVAILABLE
 */
export async function planPartitionDrops(
  directUrl: string,
  request: PartitionRequest,
): Promise<readonly ExpiredPartition[]> {
  return withDirectConnection(directUrl, async (connection) => {
    const found = await findExpired(connection, request);
    const partitions: ExpiredPartition[] = [];
    for (const { isExpired, ...partition } of found) {
      if (!isExpired) {
        continue;
      }
      const { rows } = await connection.query<{ rows: number }>(
        `SELECT count(*)::integer AS rows FROM ${tableOf(partition)}`,
      );
      partitions.push({ ...partition, rows: rows[0]?.rows ?? 0 });
    }
    return partitions;
  });
}

/**
 * Drops the months of AI usage that are older than the longest setting of all teams. Each is detached without a lock
 * on those who read and write the other months, and then dropped in one transaction with the audit of each team's
 * rows. Killed anywhere, the next call goes on where this one stood; no row is audited twice. A month stays while one of
 * its weeks is still to be rolled up: the caller rolls all teams up first.
 * @param directUrl of the role that owns the tables, past any pooler
 * @returns what was dropped, and what is still held by somebody
 * @throws DomainError INVALID_INPUT when the days are out of their bounds, DATABASE_UNAVAILABLE
 */
export async function dropExpiredPartitions(
  directUrl: string,
  options: PartitionDropOptions,
): Promise<readonly DroppedPartition[]> {
  return withDirectConnection(directUrl, async (connection) => {
    await takeRetentionLock(connection);
    await connection.query(`SELECT set_config('lock_timeout', $1, false)`, [
      `${options.lockTimeoutMs}ms`,
    ]);
    const results: DroppedPartition[] = [];
    for (const partition of await findExpired(connection, options)) {
      if (options.signal?.aborted === true) {
        break;
      }
      const { name, bytes } = partition;
      try {
        if (await isUncounted(connection, partition)) {
          results.push({ name, rows: 0, bytes, outcome: 'WAITING' });
          continue;
        }
        if (partition.isExpired) {
          await remember(connection, partition);
        }
        await detach(connection, partition);
        if (partition.isExpired) {
          const rows = await dropWithAudit(connection, partition, options);
          const outcome = rows === null ? 'BUSY' : 'DROPPED';
          results.push({ name, rows: rows ?? 0, bytes, outcome });
        } else {
          await connection.query('SELECT throughline_ensure_usage_partition($1)', [partition.from]);
          results.push({ name, rows: 0, bytes, outcome: 'RETAINED' });
        }
      } catch (error) {
        if (!BUSY.has(sqlState(error) ?? '')) {
          throw error;
        }
        results.push({ name, rows: 0, bytes, outcome: 'BUSY' });
      }
    }
    return results;
  });
}

/** Two at once would take each other's partitions for half done. The lock ends with the connection. */
async function takeRetentionLock(connection: pg.Client): Promise<void> {
  const { rows } = await connection.query<{ taken: boolean }>(
    `SELECT pg_try_advisory_lock(hashtextextended('throughline:retention', 0)) AS taken`,
  );
  if (rows[0]?.taken !== true) {
    throw new DomainError(
      'OVERLOADED',
      'Another run of retention is dropping partitions: try again when it has ended.',
    );
  }
}

interface FoundPartition extends Omit<ExpiredPartition, 'rows'> {
  /** False of what an earlier run began to remove, and what is wanted by now. */
  readonly isExpired: boolean;
}

async function findExpired(
  connection: pg.Client,
  { now, days }: PartitionRequest,
): Promise<readonly FoundPartition[]> {
  const longest = await connection.query<{ days: number | null }>(
    'SELECT max(ai_usage_retention_days) AS days FROM team',
  );
  // Without any team no setting says that anything may go.
  const kept = days ?? longest.rows[0]?.days ?? MAX_RETENTION_DAYS;
  const { rows } = await connection.query<FoundPartition>(FIND_EXPIRED, [
    retentionCutoff(now, kept),
  ]);
  return rows;
}

function tableOf({ name }: Pick<ExpiredPartition, 'name'>): string {
  return `partitions.${pg.escapeIdentifier(name)}`;
}

/** Whether a team with rows in it has weeks that wait to be rolled up. What was detached, no rollup sees any more. */
async function isUncounted(connection: pg.Client, partition: FoundPartition): Promise<boolean> {
  if (partition.state !== 'ATTACHED') {
    return false;
  }
  const { rows } = await connection.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM (SELECT DISTINCT team_id FROM rollup_dirty WHERE week_start < $1) AS d
      WHERE EXISTS (SELECT FROM ${tableOf(partition)} p WHERE p.team_id = d.team_id)) AS found`,
    [partition.until],
  );
  return rows[0]?.found === true;
}

/**
 * Stores for rollups from which day on the rows are there, before they vanish from the table: they must not take what is gone
 * for what never was. It does no harm when the partition stays after all.
 */
async function remember(connection: pg.Client, partition: FoundPartition): Promise<void> {
  await connection.query(
    `UPDATE team t SET ai_usage_retained_from = $1
    WHERE (t.ai_usage_retained_from IS NULL OR t.ai_usage_retained_from < $1)
      AND EXISTS (SELECT FROM ${tableOf(partition)} p WHERE p.team_id = t.id)`,
    [partition.until],
  );
}

async function detach(connection: pg.Client, partition: FoundPartition): Promise<void> {
  switch (partition.state) {
    case 'ATTACHED':
      await connection.query(
        `ALTER TABLE ai_usage_daily DETACH PARTITION ${tableOf(partition)} CONCURRENTLY`,
      );
      break;
    case 'LEAVING':
      await connection.query(
        `ALTER TABLE ai_usage_daily DETACH PARTITION ${tableOf(partition)} FINALIZE`,
      );
      break;
    case 'DETACHED':
      break;
  }
}

/**
 * Drops a detached partition and writes to each team's audit how many rows went with it. The lock is the one under
 * which a writer would attach it again.
 * @returns rows that went; null when it is attached again, or gone
 */
async function dropWithAudit(
  connection: pg.Client,
  partition: FoundPartition,
  options: PartitionDropOptions,
): Promise<number | null> {
  const { name, until } = partition;
  await connection.query('BEGIN');
  try {
    await connection.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `throughline:partition:${name}`,
    ]);
    const { rows } = await connection.query(
      `SELECT FROM pg_class c WHERE c.oid = to_regclass($1)
        AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)`,
      [tableOf(partition)],
    );
    if (rows.length === 0) {
      await connection.query('ROLLBACK');
      return null;
    }
    await connection.query(`LOCK TABLE ${tableOf(partition)} IN ACCESS EXCLUSIVE MODE`);
    const audited = await connection.query<{ rows: number }>(
      `INSERT INTO admin_audit (team_id, actor_id, action, details)
      SELECT team_id, $1, 'RETENTION', jsonb_build_object('table', 'ai_usage_daily', 'partition', $2::text,
        'cutoff', $3::text, 'rows', count(*))
      FROM ${tableOf(partition)} GROUP BY team_id ORDER BY team_id
      RETURNING (details ->> 'rows')::integer AS rows`,
      [options.actorId, name, until],
    );
    await connection.query(`DROP TABLE ${tableOf(partition)}`);
    await connection.query('COMMIT');
    return audited.rows.reduce((sum, row) => sum + row.rows, 0);
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  }
}
