import {
  CancellationScope,
  continueAsNew,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { SyncRepositoryInput, SyncRepositoryResult } from '../contracts/sync.ts';
import { pageActivities, recordActivities } from './activity-proxies.ts';
import { toFailure, toRunEnd } from './outcome.ts';

/** Pages of one run: a page is about six events, so a run stays far below Temporal's 10,240. */
const PAGES_PER_RUN = 200;

/**
 * Walks one repository newest-updated first, a page an activity, until the horizon of its sync_run.
 * Guarantees: the cursor is in the database with the rows, so nothing is lost and at most one page is fetched twice,
 * wherever a process dies. A walk that fails closes its row and fails, with the same sentence. A rate limit is a timer here, not a sleeping activity. Continues as new every 200 pages.
 */
export async function syncRepository(input: SyncRepositoryInput): Promise<SyncRepositoryResult> {
  const { teamId, repositoryId, syncRunId } = input;
  const { syncPullRequestPage } = pageActivities(input.pace, input.repositoryName);
  let pages = 0;
  try {
    while (pages < PAGES_PER_RUN && !workflowInfo().continueAsNewSuggested) {
      const result = await syncPullRequestPage({ teamId, repositoryId, syncRunId });
      if (result.next === 'WAIT') {
        setCurrentDetails(`Waits until ${result.until}: ${result.reason}`);
        await sleep(Math.max(new Date(result.until).getTime() - Date.now(), 1000));
        continue;
      }
      pages += 1;
      setCurrentDetails(`${input.pagesBefore + pages} pages`);
      if (result.next === 'DONE') {
        return { outcome: result.outcome, pages: input.pagesBefore + pages };
      }
    }
  } catch (error) {
    const end = toRunEnd(error);
    await CancellationScope.nonCancellable(() =>
      recordActivities(input.pace).closeSyncRun({ teamId, syncRunId, ...end }),
    );
    throw end.outcome === 'CANCELLED' ? error : toFailure(end);
  }
  return continueAsNew<typeof syncRepository>({
    ...input,
    pagesBefore: input.pagesBefore + pages,
  });
}
