import { ApplicationFailure, setCurrentDetails } from '@temporalio/workflow';
import type {
  HousekeepingInput,
  HousekeepingResult,
  RetentionActivities,
} from '../../contracts/retention.ts';
import { activitiesOn } from '../core/activity-proxies.ts';

const { ensureUsagePartitions, rollUpTeams, deleteOldWebhooks, countOrphans } =
  activitiesOn<RetentionActivities>('compute', '30m');

/**
 * What must be done every day: the partitions of the next three months are made, weeks that still wait are rolled up
 * for every team, fifty teams an activity, webhooks of more than 30 days ago and syncs of more than 90 days ago are
 * deleted, and the foreign keys that PostgreSQL does not enforce are looked at. Rows that name what is not there fail the
 * workflow, so that it shows as failed.
 */
export async function runHousekeeping(input: HousekeepingInput): Promise<HousekeepingResult> {
  const { months } = await ensureUsagePartitions(input);
  for (let after: string | null = '0'; after !== null;) {
    ({ next: after } = await rollUpTeams({ after }));
  }
  for (let after: string | null = '0'; after !== null;) {
    ({ next: after } = await deleteOldWebhooks({ after }));
  }
  const { keysChecked, orphans, skipped } = await countOrphans(input);
  if (orphans.length > 0) {
    const found = orphans.map(({ constraint, rows }) => `${rows} by ${constraint}`).join(', ');
    const message = `Rows name rows that are not there: ${found}. See Orphans in docs/operations.md.`;
    setCurrentDetails(message);
    throw ApplicationFailure.nonRetryable(message, 'ORPHANS');
  }
  return { months, keysChecked, skipped: skipped === null ? [] : [skipped] };
}
