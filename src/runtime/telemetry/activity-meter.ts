import type { ActivityMeter } from '../../activities/core/activity-meter.ts';
import type { ComputeActivities, RollUpDirtyWeeksResult } from '../../contracts/rollups.ts';
import type { Metrics } from './metrics.ts';

/** Activities that compute weeks, and what their time is counted as. */
const ROLLUPS: Readonly<Partial<Record<string, 'dirty' | 'rebuild'>>> = {
  rollUpDirtyWeeks: 'dirty',
  rebuildWeeks: 'rebuild',
} satisfies Partial<Record<keyof ComputeActivities, 'dirty' | 'rebuild'>>;

/** Counts activities by their type and task queue: both are names in the code. */
export function createActivityMeter(metrics: Metrics): ActivityMeter {
  return {
    onSlots: (queue, slots) => metrics.slots.set({ queue }, slots),
    onBegin: (queue) => metrics.slotsUsed.inc({ queue }),
    onEnd: ({ activity, queue, result, durationMs, answer }) => {
      metrics.slotsUsed.dec({ queue });
      metrics.activitySeconds.observe({ activity, result }, durationMs / 1_000);
      const kind = ROLLUPS[activity];
      if (kind === undefined || result !== 'completed') {
        return;
      }
      metrics.rollupSeconds.observe({ kind }, durationMs / 1_000);
      if (kind === 'dirty') {
        metrics.rowsWritten.inc((answer as RollUpDirtyWeeksResult).rowsWritten);
      }
    },
  };
}
