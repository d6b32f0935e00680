import type { RetentionActivities } from '../../../src/contracts/retention.ts';
import { createStubActivities, type StubActivities } from './stub-workers.ts';

export interface RetentionStubs extends Pick<StubActivities, 'sync'> {
  readonly compute: RetentionActivities;
  /** What was called, in order: `name argument`. */
  readonly calls: string[];
}

/** Activities of retention over so many teams, one a plan, the first with a table of two calls; a test replaces what it is about. */
export function createRetentionStubs(
  teams: number,
  changes: Partial<RetentionActivities> = {},
): RetentionStubs {
  const calls: string[] = [];
  const deletions = new Map<string, number>();
  const compute: RetentionActivities = {
    async rollUpTeams({ after }) {
      calls.push(`rollUpTeams behind ${after}`);
      const last = Number(after) + 1;
      return { next: last < teams ? String(last) : null };
    },
    async dropExpiredPartitions() {
      calls.push('dropExpiredPartitions');
      return { dropped: ['ai_usage_daily_2025_01'], busy: [], rows: 5, skipped: null };
    },
    async planRetention({ teamId, after }) {
      calls.push(`planRetention ${teamId ?? `behind ${after}`}`);
      const planned = teamId === null ? Number(after) + 1 : Number(teamId);
      const table = { teamId: '1', table: 'ai_usage_daily', cutoff: '2025-01-01', rows: 100_010 };
      return {
        teams: planned > teams ? 0 : 1,
        tables: planned === 1 && teams > 0 ? [table] : [],
        next: teamId === null && planned < teams ? String(planned) : null,
      };
    },
    async deleteExpiredRows({ teamId, table, cutoff }) {
      calls.push(`deleteExpiredRows ${teamId} ${table} ${cutoff}`);
      const before = deletions.get(teamId) ?? 0;
      deletions.set(teamId, before + 1);
      return before === 0
        ? { rows: 100_000, more: true, isWaiting: false }
        : { rows: 10, more: false, isWaiting: false };
    },
    async refreshStatistics({ tables }) {
      calls.push(`refreshStatistics ${tables.join(' ')}`);
    },
    async ensureUsagePartitions() {
      calls.push('ensureUsagePartitions');
      return { months: ['2026-01-01'] };
    },
    async deleteOldLogs({ after }) {
      calls.push(`deleteOldLogs behind ${after}`);
      return { next: null };
    },
    async countOrphans() {
      calls.push('countOrphans');
      return { keysChecked: 9, orphans: [], skipped: null };
    },
    ...changes,
  };
  return { sync: createStubActivities().sync, compute, calls };
}
