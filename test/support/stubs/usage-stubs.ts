import type { AiUsageActivities } from '../../../src/contracts/ai-usage.ts';
import type { ComputeActivities } from '../../../src/contracts/rollups.ts';

export interface UsageStubs {
  readonly sync: AiUsageActivities;
  readonly compute: Pick<ComputeActivities, 'rollUpDirtyWeeks'>;
  /** What was called, in order: `name argument`. */
  readonly calls: string[];
}

/** Activities of AI usage that succeed at once, over so many days; a test replaces what it is about. */
export function createUsageStubs(
  days: number,
  changes: Partial<AiUsageActivities> = {},
): UsageStubs {
  const calls: string[] = [];
  return {
    calls,
    sync: {
      async openAiUsageSync({ organization }) {
        calls.push(`openAiUsageSync ${organization}`);
        return { days: Array.from({ length: days }, (_, index) => `day-${index + 1}`) };
      },
      async syncAiUsageDays(input) {
        calls.push(`syncAiUsageDays ${input.days.join(' ')}`);
        return {
          daysDone: input.days.length,
          rowsWritten: 2 * input.days.length,
          rowsRefused: 0,
          daysLeft: [],
          wait: null,
          stop: null,
        };
      },
      async syncAiSeats() {
        calls.push('syncAiSeats');
        return { seats: 3, wait: null, stop: null };
      },
      ...changes,
    },
    compute: {
      async rollUpDirtyWeeks() {
        calls.push('rollUpDirtyWeeks');
        return { weeks: 1, rowsWritten: 1, rowsRemoved: 0, dirtyMarksConsumed: 1, more: false };
      },
    },
  };
}
