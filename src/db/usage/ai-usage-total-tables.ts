import type { AiSeatFact, AiUsageTotalFact } from '../../domain/usage/ai-usage-report.ts';
import type { AiUsageSource } from '../../domain/usage/ai-usage.ts';
import type { CalendarDate } from '../../domain/rollups/week.ts';
import type { TableDescriptor } from '../bulk/table-descriptor.ts';

/** Rows that belong to an organisation of a source. */
export interface OfOrganization {
  readonly source: AiUsageSource;
  readonly organization: string;
  /** When the source was asked. */
  readonly syncedAt: Date;
}

export interface AiUsageTotalRow extends OfOrganization, AiUsageTotalFact {}

export const AI_USAGE_TOTAL: TableDescriptor<AiUsageTotalRow> = {
  table: 'ai_usage_total_daily',
  columns: [
    { name: 'source', type: 'text', value: (row) => row.source },
    { name: 'organization', type: 'text', value: (row) => row.organization },
    { name: 'date', type: 'date', value: (row) => row.date },
    { name: 'dimension', type: 'text', value: (row) => row.dimension },
    { name: 'name', type: 'text', value: (row) => row.name },
    { name: 'active_users', type: 'bigint', value: (row) => row.activeUsers },
    { name: 'suggestions_shown', type: 'bigint', value: (row) => row.suggestionsShown },
    { name: 'suggestions_accepted', type: 'bigint', value: (row) => row.suggestionsAccepted },
    { name: 'lines_suggested', type: 'bigint', value: (row) => row.linesSuggested },
    { name: 'lines_accepted', type: 'bigint', value: (row) => row.linesAccepted },
    { name: 'interactions', type: 'bigint', value: (row) => row.interactions },
    { name: 'synced_at', type: 'timestamptz', value: (row) => row.syncedAt, compare: 'skip' },
  ],
  key: ['source', 'organization', 'date', 'dimension', 'name'],
  newest: 'synced_at',
  returning: [],
};

export interface AiSeatRow extends OfOrganization {
  readonly memberId: bigint;
  readonly seat: AiSeatFact;
}

export const AI_SEAT: TableDescriptor<AiSeatRow> = {
  table: 'ai_seat',
  columns: [
    { name: 'source', type: 'text', value: (row) => row.source },
    { name: 'organization', type: 'text', value: (row) => row.organization },
    { name: 'member_id', type: 'bigint', value: (row) => row.memberId },
    { name: 'plan', type: 'text', value: (row) => row.seat.plan },
    { name: 'editor', type: 'text', value: (row) => row.seat.editor },
    { name: 'assigned_at', type: 'timestamptz', value: (row) => row.seat.assignedAt },
    { name: 'last_activity_at', type: 'timestamptz', value: (row) => row.seat.lastActivityAt },
    {
      name: 'pending_cancellation_on',
      type: 'date',
      value: (row) => row.seat.pendingCancellationOn,
    },
    { name: 'synced_at', type: 'timestamptz', value: (row) => row.syncedAt, compare: 'skip' },
  ],
  key: ['source', 'organization', 'member_id'],
  newest: 'synced_at',
  returning: [],
};

export interface AiSeatDailyRow extends OfOrganization {
  readonly date: CalendarDate;
  readonly total: number;
  readonly activeThisCycle: number;
  readonly inactiveThisCycle: number;
  readonly pendingCancellation: number;
}

export const AI_SEAT_DAILY: TableDescriptor<AiSeatDailyRow> = {
  table: 'ai_seat_daily',
  columns: [
    { name: 'source', type: 'text', value: (row) => row.source },
    { name: 'organization', type: 'text', value: (row) => row.organization },
    { name: 'date', type: 'date', value: (row) => row.date },
    { name: 'total', type: 'bigint', value: (row) => row.total },
    { name: 'active_this_cycle', type: 'bigint', value: (row) => row.activeThisCycle },
    { name: 'inactive_this_cycle', type: 'bigint', value: (row) => row.inactiveThisCycle },
    { name: 'pending_cancellation', type: 'bigint', value: (row) => row.pendingCancellation },
    { name: 'synced_at', type: 'timestamptz', value: (row) => row.syncedAt, compare: 'skip' },
  ],
  key: ['source', 'organization', 'date'],
  newest: 'synced_at',
  returning: [],
};
