import { describeTable } from '../bulk/describe-table.ts';

export const AI_USAGE_TOTAL = describeTable('AiUsageTotalDaily', {
  dates: ['date'],
  key: ['source', 'organization', 'date', 'dimension', 'name'],
  newest: 'syncedAt',
});

export const AI_SEAT = describeTable('AiSeat', {
  dates: ['pendingCancellationOn'],
  key: ['source', 'organization', 'memberId'],
  newest: 'syncedAt',
});

export const AI_SEAT_DAILY = describeTable('AiSeatDaily', {
  dates: ['date'],
  key: ['source', 'organization', 'date'],
  newest: 'syncedAt',
});
