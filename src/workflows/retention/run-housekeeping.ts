import { ApplicationFailure, setCurrentDetails } from '@temporalio/workflow';
import type {
  HousekeepingInput,
  HousekeepingResult,
  RetentionActivities,
} from '../../contracts/retention.ts';
import { activitiesOn } from '../core/activity-proxies.ts';

const { ensureUsagePartitions, rollUpTeams, deleteOldLogs, countOrphans } =
  activitiesOn<RetentionActivities>('compute', '30m');

/**
 * Does what must be done every day: it makes the partitions of the next three months, rolls up the dirty weeks of every
 * team (fifty teams an activity), deletes webhooks older than 30 days and syncs older than 90 days, and checks the foreign
 * keys that PostgreSQL does not enforce. The workflow fails when rows refer to rows that do not exist, so that somebody
 * sees it.
 */
export async function runHousekeeping(input: HousekeepingInput): Promise<HousekeepingResult> {
  const { months } = await ensureUsagePartitions(input);
  for (let after: string | null = '0'; after !== null;) {
    ({ next: after } = await rollUpTeams({ after }));
  }
  for (let after: string | null = '0'; after !== null;) {
    ({ next: after } = await deleteOldLogs({ after }));
  }
  const { keysChecked, orphans, skipped } = await countOrphans(input);
  if (orphans.length > 0) {
    const found = orphans.map(({ constraint, rows }) => `${rows} by ${constraint}`).join(', ');
    const message = `Some rows refer to rows that do not exist: ${found}. See Orphans in docs/operations.md.`;
    setCurrentDetails(message);
    throw ApplicationFailure.nonRetryable(message, 'ORPHANS');
  }
  return { months, keysChecked, skipped: skipped === null ? [] : [skipped] };
}
