import type { AiReportKind, AiSeatCounts } from '../../domain/usage/ai-usage-report.ts';
import type { AiUsageActivity, AiUsageSource } from '../../domain/usage/ai-usage.ts';
import type { CalendarDate } from '../../domain/rollups/week.ts';
import type { AiReportState } from '../usage/ai-usage-reports.ts';
import type { AiSourceStatus } from '../usage/ai-usage-sources.ts';
import { toArrayLiteral, toIdArray } from '../core/array-literal.ts';
import type { ReadSession } from './read-source.ts';
import { readOfTeams } from './rows-by-key.ts';
import { readPerKey } from './table-rows.ts';

/** A source of AI usage with its latest count of seats. */
export interface SourceRow {
  readonly teamId: bigint;
  readonly source: AiUsageSource;
  readonly organization: string;
  readonly status: AiSourceStatus;
  readonly statusReason: string | null;
  readonly latestDay: CalendarDate | null;
  readonly lastSuccessAt: Date | null;
  /** Null until seats were read once. */
  readonly seats: SeatCounts | null;
}

export interface SeatCounts extends AiSeatCounts {
  readonly date: CalendarDate;
}

const SOURCES = `
SELECT s.team_id AS "teamId", s.source, s.organization, s.status, s.status_reason AS "statusReason",
  s.latest_day::text AS "latestDay", s.last_success_at AS "lastSuccessAt", seats.counts AS seats
FROM ai_usage_source s
LEFT JOIN LATERAL (
  SELECT jsonb_build_object('date', d.date, 'total', d.total, 'activeThisCycle', d.active_this_cycle,
    'inactiveThisCycle', d.inactive_this_cycle, 'pendingCancellation', d.pending_cancellation) AS counts
  FROM ai_seat_daily d
  WHERE d.team_id = s.team_id AND d.source = s.source AND d.organization = s.organization
  ORDER BY d.date DESC LIMIT 1
) AS seats ON true
WHERE s.team_id = ANY ($1::text::bigint[])
ORDER BY s.team_id, s.source, s.organization`;

/** The sources of teams, with one statement. In the order of `keys`. */
export const readAiUsageSources = readOfTeams<SourceRow>(SOURCES);

/** A source by its key. */
export type SourceKey = Pick<SourceRow, 'teamId' | 'source' | 'organization'>;

/** State of the report of a source for one day. */
export interface ReportRow {
  readonly day: CalendarDate;
  readonly kind: AiReportKind;
  readonly state: AiReportState;
  readonly reason: string | null;
  readonly rowsIn: number;
  readonly rowsInserted: number;
  readonly rowsUpdated: number;
  readonly rowsUnchanged: number;
  readonly rowsRefused: number;
  readonly rowsUnknown: number;
  readonly fetchedAt: Date;
}

const REPORTS = `
SELECT wanted.ordinal::integer AS ordinal, r.day::text AS day, r.kind, r.state, r.reason, r.rows_in AS "rowsIn",
  r.rows_inserted AS "rowsInserted", r.rows_updated AS "rowsUpdated", r.rows_unchanged AS "rowsUnchanged",
  r.rows_refused AS "rowsRefused",
  r.rows_unknown AS "rowsUnknown", r.fetched_at AS "fetchedAt"
FROM unnest($1::text::bigint[], $2::text::text[], $3::text::text[]) WITH ORDINALITY
  AS wanted(team_id, source, organization, ordinal)
JOIN ai_usage_report r ON r.team_id = wanted.team_id AND r.source = wanted.source
  AND r.organization = wanted.organization AND r.kind IN ('USERS', 'ORGANIZATION')
WHERE r.day >= $4::text::date AND r.day < $5::text::date
ORDER BY wanted.ordinal, r.day DESC, r.kind DESC`;

/** A half-open range of UTC days. */
export interface DayRange {
  readonly from: CalendarDate;
  readonly to: CalendarDate;
}

/** The reports of sources within a range of days, newest first, with one statement. In the order of `keys`. */
export function readAiUsageReports(
  session: ReadSession,
  keys: readonly SourceKey[],
  range: DayRange,
): Promise<ReportRow[][]> {
  const values = [...sourceArrays(keys), range.from, range.to];
  return readPerKey<ReportRow>(session, REPORTS, values, keys.length);
}

/** Usage of a whole organisation by language, editor, feature or model, over a range of days. */
export interface BreakdownRow extends AiUsageActivity<bigint> {
  readonly name: string;
}

/** Sums of the rows `u` of daily usage. */
export const ACTIVITY_SUMS = `sum(u.suggestions_shown)::bigint AS "suggestionsShown",
  sum(u.suggestions_accepted)::bigint AS "suggestionsAccepted", sum(u.lines_suggested)::bigint AS "linesSuggested",
  sum(u.lines_accepted)::bigint AS "linesAccepted", sum(u.interactions)::bigint AS interactions`;

const BREAKDOWN = `
SELECT wanted.ordinal::integer AS ordinal, sums.*
FROM unnest($1::text::bigint[], $2::text::text[], $3::text::text[]) WITH ORDINALITY
  AS wanted(team_id, source, organization, ordinal)
CROSS JOIN LATERAL (
  SELECT u.name, ${ACTIVITY_SUMS}
  FROM ai_usage_total_daily u
  WHERE u.team_id = wanted.team_id AND u.source = wanted.source AND u.organization = wanted.organization
    AND u.date >= $4::text::date AND u.date < $5::text::date AND u.dimension = $6::text
  GROUP BY u.name ORDER BY 2 DESC, u.name COLLATE "C" LIMIT $7::integer
) AS sums
ORDER BY wanted.ordinal, 3 DESC, sums.name COLLATE "C"`;

/**
 * Sums the usage of organisations, sorted by suggestions shown, highest first, with one statement.
 * @returns at most `first` names of each organisation, in the order of `keys`
 */
export function readAiUsageBreakdown(
  session: ReadSession,
  keys: readonly SourceKey[],
  range: DayRange & { readonly dimension: string; readonly first: number },
): Promise<BreakdownRow[][]> {
  const values = [...sourceArrays(keys), range.from, range.to, range.dimension, range.first];
  return readPerKey<BreakdownRow>(session, BREAKDOWN, values, keys.length);
}

function sourceArrays(keys: readonly SourceKey[]): string[] {
  return [
    toIdArray(keys.map((key) => key.teamId)),
    toArrayLiteral(keys.map((key) => key.source)),
    toArrayLiteral(keys.map((key) => key.organization)),
  ];
}
