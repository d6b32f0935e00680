import type {
  AiReportKind,
  AiSeatCounts,
  AiSeatFact,
  AiUsageTotalFact,
  AiUserUsage,
} from '../../domain/usage/ai-usage-report.ts';
import { toCalendarDate, type CalendarDate } from '../../domain/rollups/week.ts';
import { recordAiUsageDay, type AiUsageSourceKey } from './ai-usage-sources.ts';
import { addUpUsage, AI_USAGE } from './ai-usage-table.ts';
import { AI_SEAT, AI_SEAT_DAILY, AI_USAGE_TOTAL } from './ai-usage-total-tables.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import { bulkUpsert, type BulkUpsertResult } from '../bulk/bulk-upsert.ts';
import { lastUsedSeats } from '../../domain/usage/last-used-seats.ts';
import type { Db, DbTransaction } from '../core/client.ts';
import { addUnknownMembers } from '../members/members.ts';
import { withTeam } from '../core/team-transaction.ts';

/** How a day's report stands. Only STORED and BELOW_THRESHOLD are final: other days are asked for again. */
export type AiReportState = 'STORED' | 'NO_REPORT_YET' | 'BELOW_THRESHOLD' | 'REFUSED';

/**
 * How rows of users are read. A report that was read in an earlier way is asked for once more.
 *
 * 2: use of the terminal, of agents and from servers is a day of use, which earlier readings did not keep.
 */
const READER_VERSION = 2;

/** One day's report of a source. */
export interface AiReportKey extends AiUsageSourceKey {
  readonly kind: AiReportKind;
  readonly day: CalendarDate;
}

export interface AiReportOutcome {
  readonly state: AiReportState;
  /** What stood in the way, or where the refused rows are; null when all is well. */
  readonly reason: string | null;
  /** Rows that were refused before anything was written. */
  readonly refused: number;
  /** Rows, among those that were written, with blocks that nobody here knows. */
  readonly unknown?: number;
  /** When the source was asked. */
  readonly askedAt: Date;
}

/** Reports of a source are written one after another: the second waits for as long as a statement of the first may take. */
const SOURCE_LOCK_TIMEOUT_MS = 25_000;

const NOTHING_WRITTEN: BulkUpsertResult = {
  inserted: 0,
  updated: 0,
  unchanged: 0,
  duplicates: 0,
  changed: [],
};

export interface AiUsagePlan {
  /** First day that the source can have a report of. */
  readonly firstDay: CalendarDate;
  /** Last day that it can have one of: yesterday, in UTC. */
  readonly lastDay: CalendarDate;
  /** Days at the end that are asked for again, whatever is stored. */
  readonly again: number;
}

/**
 * The days of a range whose two reports are not both final, or whose users were read in an earlier way, and the last
 * ones again; newest first. What retention has removed, or would remove, is not asked for.
 */
export async function planAiUsageDays(
  tx: DbTransaction,
  key: AiUsageSourceKey,
  plan: AiUsagePlan,
): Promise<CalendarDate[]> {
  const rows = await tx.$queryRaw<{ day: string }[]>`
    SELECT asked.day::date::text AS day
    FROM team t
    CROSS JOIN LATERAL generate_series(
      greatest(${plan.firstDay}::date, ${plan.lastDay}::date - t.ai_usage_retention_days + 1,
        t.ai_usage_retained_from)::timestamp,
      ${plan.lastDay}::date::timestamp, interval '1 day') AS asked(day)
    LEFT JOIN (
      SELECT r.day, count(*) AS reports FROM ai_usage_report r
      WHERE r.team_id = ${key.teamId} AND r.source = ${key.source} AND r.organization = ${key.organization}
        AND r.state IN ('STORED', 'BELOW_THRESHOLD')
        AND (r.kind <> 'USERS' OR r.state <> 'STORED' OR r.reader_version >= ${READER_VERSION})
      GROUP BY r.day
    ) AS final ON final.day = asked.day::date
    WHERE t.id = ${key.teamId}
      AND (asked.day::date > ${plan.lastDay}::date - ${plan.again}::integer OR coalesce(final.reports, 0) < 2)
    ORDER BY asked.day DESC`;
  return rows.map((row) => row.day);
}

/**
 * Runs `work` in a transaction of the source's team in which no other reading of the source is written: of two that run
 * at once, the one that was asked first must see what the other has written, and leave it.
 */
export async function withSourceLock<T>(
  db: Db,
  { teamId, source, organization }: AiUsageSourceKey,
  work: (tx: DbTransaction) => Promise<T>,
): Promise<T> {
  return withTeam(db, teamId, work, {
    advisoryLock: `ai-usage:${teamId}:${source}:${organization}`,
    lockTimeoutMs: SOURCE_LOCK_TIMEOUT_MS,
  });
}

/** Whether what is stored of a day comes from a reading that was asked later. */
async function isStoredLater(tx: DbTransaction, key: AiReportKey, askedAt: Date): Promise<boolean> {
  const rows = await tx.$queryRaw<{ later: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM ai_usage_report r
      WHERE r.team_id = ${key.teamId} AND r.source = ${key.source} AND r.organization = ${key.organization}
        AND r.kind = ${key.kind} AND r.day = ${key.day}::date AND r.state = 'STORED' AND r.fetched_at > ${askedAt}
    ) AS later`;
  return rows[0]?.later === true;
}

/**
 * Writes a report per user with its row in ai_usage_report, in the caller's transaction: all of it or nothing. A report
 * that was asked for before the stored one writes nothing; the caller holds the lock of the source.
 * Users that the team does not know become external members. A user who is no longer in a report that is read again
 * keeps the row: another organisation of the same source may have reported it.
 */
export async function writeUserReport(
  tx: DbTransaction,
  key: AiReportKey,
  rows: readonly AiUserUsage[],
  outcome: AiReportOutcome,
): Promise<BulkUpsertResult> {
  if (await isStoredLater(tx, key, outcome.askedAt)) {
    return NOTHING_WRITTEN;
  }
  const members = await addUnknownMembers(
    tx,
    key.teamId,
    rows.map((row) => row.actor),
  );
  const written = await bulkUpsert(
    tx,
    AI_USAGE,
    key.teamId,
    addUpUsage(
      rows.map(({ actor, usage }) => ({
        ...usage,
        memberId: members.of(actor).id,
        syncedAt: outcome.askedAt,
      })),
    ),
  );
  await writeReport(tx, key, outcome, written);
  return written;
}

/**
 * Writes the report of a whole organisation with its row in ai_usage_report. What an earlier reading of the day named
 * and this one does not is removed. A reading that was asked before the stored one writes nothing; the caller holds the
 * lock of the source.
 */
export async function writeTotalReport(
  tx: DbTransaction,
  key: AiReportKey,
  facts: readonly AiUsageTotalFact[],
  outcome: AiReportOutcome,
): Promise<BulkUpsertResult> {
  if (await isStoredLater(tx, key, outcome.askedAt)) {
    return NOTHING_WRITTEN;
  }
  const { teamId, source, organization, day } = key;
  const written = await bulkUpsert(
    tx,
    AI_USAGE_TOTAL,
    teamId,
    facts.map((fact) => ({ ...fact, source, organization, syncedAt: outcome.askedAt })),
  );
  await tx.$executeRaw`
    DELETE FROM ai_usage_total_daily t
    WHERE t.team_id = ${teamId} AND t.source = ${source} AND t.organization = ${organization}
      AND t.date = ${day}::date AND t.synced_at <= ${outcome.askedAt}
      AND (t.dimension, t.name) NOT IN (SELECT * FROM unnest(
        ${toArrayLiteral(facts.map((fact) => fact.dimension))}::text::text[],
        ${toArrayLiteral(facts.map((fact) => fact.name))}::text::text[]))`;
  await writeReport(tx, key, outcome, written);
  return written;
}

/** Stores that a day has no report, or none that can be used, and why. */
export async function writeMissingReport(
  tx: DbTransaction,
  key: AiReportKey,
  outcome: AiReportOutcome,
): Promise<void> {
  await writeReport(tx, key, outcome, NOTHING_WRITTEN);
}

/**
 * The row of a report. A reading that changes nothing leaves it as the last change wrote it, so that a second attempt
 * shows the counts of the first; a day that was stored once is not taken back by one that finds nothing, and is stored
 * by an earlier one that found it.
 */
async function writeReport(
  tx: DbTransaction,
  key: AiReportKey,
  { state, reason, refused, unknown = 0, askedAt }: AiReportOutcome,
  written: BulkUpsertResult,
): Promise<void> {
  const { inserted, updated, unchanged } = written;
  const rowsIn = inserted + updated + unchanged + refused;
  await tx.$executeRaw`
    INSERT INTO ai_usage_report AS r (team_id, source, organization, kind, day, state, reason, rows_in, rows_inserted,
      rows_updated, rows_unchanged, rows_refused, rows_unknown, reader_version, fetched_at)
    VALUES (${key.teamId}, ${key.source}, ${key.organization}, ${key.kind}, ${key.day}::date, ${state}, ${reason},
      ${rowsIn}, ${inserted}, ${updated}, ${unchanged}, ${refused}, ${unknown}, ${READER_VERSION}, ${askedAt})
    ON CONFLICT (team_id, source, organization, kind, day) DO UPDATE SET state = excluded.state,
      reason = excluded.reason, rows_in = excluded.rows_in, rows_inserted = excluded.rows_inserted,
      rows_updated = excluded.rows_updated, rows_unchanged = excluded.rows_unchanged,
      rows_refused = excluded.rows_refused, rows_unknown = excluded.rows_unknown,
      reader_version = excluded.reader_version, fetched_at = excluded.fetched_at
    WHERE CASE WHEN r.state = 'STORED' THEN excluded.state = 'STORED' AND r.fetched_at <= excluded.fetched_at
        ELSE excluded.state = 'STORED' OR r.fetched_at <= excluded.fetched_at END
      AND (excluded.rows_inserted + excluded.rows_updated > 0
        OR (r.state, r.reason, r.rows_in, r.rows_refused, r.rows_unknown, r.reader_version) IS DISTINCT FROM
          (excluded.state, excluded.reason, excluded.rows_in, excluded.rows_refused, excluded.rows_unknown,
            excluded.reader_version))`;
  if (state === 'BELOW_THRESHOLD') {
    // GitHub has it no more: what is stored stays as it was read, and is not asked for again.
    await tx.$executeRaw`
      UPDATE ai_usage_report SET reader_version = ${READER_VERSION}
      WHERE team_id = ${key.teamId} AND source = ${key.source} AND organization = ${key.organization}
        AND kind = ${key.kind} AND day = ${key.day}::date AND state = 'STORED' AND reader_version < ${READER_VERSION}`;
  }
  if (state !== 'REFUSED') {
    await recordAiUsageDay(tx, key, { day: key.day, hasReport: state === 'STORED', at: askedAt });
  }
}

/**
 * Replaces the seats of an organisation, and counts them for the day on which it was asked. A reading that was asked
 * before the stored one writes nothing; the caller holds the lock of the source.
 * @returns seats that are stored now
 */
export async function writeSeats(
  tx: DbTransaction,
  key: AiUsageSourceKey,
  seats: readonly AiSeatFact[],
  counts: AiSeatCounts,
  askedAt: Date,
): Promise<number> {
  const { teamId, source, organization } = key;
  // A count that stayed the same keeps its time, and so does a seat: the latest of both is when the source was written.
  const [stored] = await tx.$queryRaw<{ seats: number; later: boolean | null }[]>`
    SELECT count(*)::integer AS seats, greatest(max(s.synced_at), (
      SELECT max(d.synced_at) FROM ai_seat_daily d
      WHERE d.team_id = ${teamId} AND d.source = ${source} AND d.organization = ${organization}
    )) > ${askedAt} AS later
    FROM ai_seat s
    WHERE s.team_id = ${teamId} AND s.source = ${source} AND s.organization = ${organization}`;
  if (stored?.later === true) {
    return stored.seats;
  }
  const members = await addUnknownMembers(
    tx,
    teamId,
    seats.map((seat) => seat.actor),
  );
  const ofSource = { source, organization, syncedAt: askedAt };
  const rows = seats.map((seat) => ({
    ...ofSource,
    ...seat,
    memberId: members.of(seat.actor).id,
  }));
  const written = await bulkUpsert(tx, AI_SEAT, teamId, lastUsedSeats(rows));
  await tx.$executeRaw`
    DELETE FROM ai_seat s
    WHERE s.team_id = ${teamId} AND s.source = ${source} AND s.organization = ${organization}
      AND s.synced_at <= ${askedAt}
      AND NOT s.member_id = ANY (${toArrayLiteral(rows.map((row) => row.memberId))}::text::bigint[])`;
  await bulkUpsert(tx, AI_SEAT_DAILY, teamId, [
    { ...ofSource, ...counts, date: toCalendarDate(askedAt) },
  ]);
  return written.inserted + written.updated + written.unchanged;
}
