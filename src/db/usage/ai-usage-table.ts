import type { AiUsageFact } from '../../domain/usage/ai-usage.ts';
import type { TableDescriptor } from '../bulk/table-descriptor.ts';

/** One member's usage of one tool on one UTC day. */
export interface AiUsageRow extends AiUsageFact {
  readonly memberId: bigint;
  /** When the source was asked: what was asked earlier does not overwrite what was asked later. */
  readonly syncedAt: Date;
}

export const AI_USAGE: TableDescriptor<AiUsageRow> = {
  table: 'ai_usage_daily',
  columns: [
    { name: 'member_id', type: 'bigint', value: (row) => row.memberId },
    { name: 'date', type: 'date', value: (row) => row.date },
    { name: 'source', type: 'text', value: (row) => row.source },
    { name: 'suggestions_shown', type: 'bigint', value: (row) => row.suggestionsShown },
    { name: 'suggestions_accepted', type: 'bigint', value: (row) => row.suggestionsAccepted },
    { name: 'lines_suggested', type: 'bigint', value: (row) => row.linesSuggested },
    { name: 'lines_accepted', type: 'bigint', value: (row) => row.linesAccepted },
    { name: 'interactions', type: 'bigint', value: (row) => row.interactions },
    { name: 'active_hours', type: 'numeric', value: (row) => row.activeHours },
    { name: 'credits', type: 'numeric', value: (row) => row.credits },
    { name: 'marked_used', type: 'boolean', value: (row) => row.isMarkedUsed ?? false },
    { name: 'synced_at', type: 'timestamptz', value: (row) => row.syncedAt, compare: 'skip' },
  ],
  key: ['member_id', 'date', 'source'],
  newest: 'synced_at',
  references: [{ column: 'member_id', table: 'member' }],
  partitionedBy: 'date',
  dirtyWeekColumns: { member: 'member_id', date: 'date' },
  returning: [],
};

/** Most hours of a day. */
const MAX_ACTIVE_HOURS = 24;

/** Adds up usage of one member, day and tool: accounts that were merged come one by one. */
export function addUpUsage(rows: readonly AiUsageRow[]): AiUsageRow[] {
  const byKey = new Map<string, AiUsageRow>();
  for (const row of rows) {
    const key = `${row.memberId} ${row.date} ${row.source}`;
    const other = byKey.get(key);
    byKey.set(key, other === undefined ? row : sumOf(other, row));
  }
  return [...byKey.values()];
}

function sumOf(a: AiUsageRow, b: AiUsageRow): AiUsageRow {
  const known = (x: number | null, y: number | null): number | null =>
    x === null || y === null ? (x ?? y) : x + y;
  const hours = known(a.activeHours, b.activeHours);
  return {
    ...a,
    suggestionsShown: a.suggestionsShown + b.suggestionsShown,
    suggestionsAccepted: a.suggestionsAccepted + b.suggestionsAccepted,
    linesSuggested: a.linesSuggested + b.linesSuggested,
    linesAccepted: a.linesAccepted + b.linesAccepted,
    interactions: a.interactions + b.interactions,
    activeHours: hours === null ? null : Math.min(hours, MAX_ACTIVE_HOURS),
    credits: known(a.credits, b.credits),
    isMarkedUsed: a.isMarkedUsed === true || b.isMarkedUsed === true,
  };
}
