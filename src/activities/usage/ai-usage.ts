import type { AiUsageActivities, AiUsageSourceInput } from '../../contracts/ai-usage.ts';
import { planAiUsageDays, withSourceLock, writeSeats } from '../../db/usage/ai-usage-reports.ts';
import { connectAiUsageSource, setAiUsageSourceStatus } from '../../db/usage/ai-usage-sources.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { addDays, toCalendarDate, type CalendarDate } from '../../domain/rollups/week.ts';
import { askSource } from './ai-usage-source.ts';
import { syncReport } from './ai-usage-report.ts';
import type { GitHubContext } from '../requests/request-slot.ts';

/** GitHub has no reports of earlier days. */
const FIRST_REPORT_DAY: CalendarDate = '2025-10-10';

/** GitHub keeps reports for a year. */
const REPORT_RETENTION_DAYS = 365;

/** Reports of the last days are read again, because telemetry comes in late. */
const DAYS_READ_AGAIN = 3;

/** Activities of the queue `sync` that read Copilot's reports and seats. */
export function createAiUsageActivities(context: GitHubContext): AiUsageActivities {
  const { db, now } = context;

  return {
    async openAiUsageSync(input) {
      const key = keyOf(input);
      const today = toCalendarDate(now());
      const yesterday = addDays(today, -1);
      const yearAgo = addDays(today, -REPORT_RETENTION_DAYS);
      const days = await withTeam(db, key.teamId, async (tx) => {
        // The row is written by whoever comes first: this activity, or the mutation that started the workflow.
        await connectAiUsageSource(tx, key);
        return planAiUsageDays(tx, key, {
          firstDay: yearAgo > FIRST_REPORT_DAY ? yearAgo : FIRST_REPORT_DAY,
          lastDay: yesterday,
          again: DAYS_READ_AGAIN,
        });
      });
      return { days };
    },

    async syncAiUsageDays(input) {
      const key = keyOf(input);
      const done = { daysDone: 0, rowsWritten: 0, rowsRefused: 0 };
      for (const day of input.days) {
        for (const kind of ['USERS', 'ORGANIZATION'] as const) {
          const answer = await syncReport(context, { ...key, kind, day });
          if (answer.next !== 'DONE') {
            const { wait, stop } = answer;
            return { ...done, daysLeft: input.days.slice(done.daysDone), wait, stop };
          }
          done.rowsWritten += answer.value.written;
          done.rowsRefused += answer.value.refused;
        }
        done.daysDone += 1;
      }
      return { ...done, daysLeft: [], wait: null, stop: null };
    },

    async syncAiSeats(input) {
      const key = keyOf(input);
      const askedAt = now();
      const answer = await askSource(context, key, ({ inSlot }) =>
        inSlot((github) => github.copilot.readSeats(key.organization)),
      );
      if (answer.next === 'DONE') {
        const { seats, counts } = answer.value;
        const stored = await withSourceLock(db, key, (tx) =>
          writeSeats(tx, key, seats, counts, askedAt),
        );
        return { seats: stored, wait: null, stop: null };
      }
      const { wait, stop } = answer;
      // Seats and reports need different permissions: one is still good without the other.
      if (stop !== null && stop.status !== 'NEEDS_REAUTH') {
        await withTeam(db, key.teamId, (tx) =>
          setAiUsageSourceStatus(tx, key, 'ACTIVE', stop.reason),
        );
        return { seats: null, wait: null, stop: null };
      }
      return { seats: null, wait, stop };
    },
  } satisfies AiUsageActivities;
}

function keyOf({ teamId, organization }: AiUsageSourceInput) {
  return { teamId: BigInt(teamId), source: 'COPILOT', organization } as const;
}
