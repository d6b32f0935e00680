import {
  CancellationScope,
  ParentClosePolicy,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  setCurrentDetails,
  setHandler,
  defineSignal,
  workflowInfo,
} from '@temporalio/workflow';
import type { ConnectionInput } from '../../contracts/keys.ts';
import { toSearchAttributes } from '../../contracts/search-attributes.ts';
import { SYNC_RUN_MEMO, type SyncActivityOptions } from '../../contracts/sync.ts';
import {
  processMoreSignal,
  type ProcessWebhooksResult,
  type WebhookActivities,
} from '../../contracts/webhooks.ts';
import { webhookSyncWorkflowId } from '../../contracts/workflow-ids.ts';
import { toPlainText } from '../../domain/core/plain-text.ts';
import { activitiesOn, closingActivities } from '../core/activity-proxies.ts';
import { workflowIdHere } from '../core/installation.ts';
import { isAlreadyRunning, toRunEnd, type RunEnd } from '../core/outcome.ts';
import { rollUpWeeks } from '../rollups/roll-up-weeks.ts';
import { syncRepository } from '../sync/sync-repository.ts';
import { waitUntil } from '../core/wait-until.ts';

/** Activities of one run: each is about six events, and a signal is two, far below Temporal's 10,240. */
const ACTIVITIES_PER_RUN = 50;

/** How long a run stays open for the next delivery: deliveries come in bursts. */
const LINGER = '5s';

const ACTIVITY_OPTIONS: SyncActivityOptions = { heartbeatSeconds: 30, parallelRepositories: 1 };

/** Two connections of a team may both have deliveries of one repository. */
const ANOTHER_SYNC: RunEnd = {
  outcome: 'CANCELLED',
  errorCode: 'CANCELLED',
  errorMessage:
    'Another sync of this repository was running; the next one reads what that one leaves.',
};

const { closeSyncRun } = closingActivities(ACTIVITY_OPTIONS);

const { processDeliveries, openWebhookSync } = activitiesOn<WebhookActivities>('sync', '10m');

/**
 * Processes the stored webhooks of one connection until none waits: pull requests are read again by their number,
 * deployments and releases by a short sync of their repository; then the weeks that changed are rolled up. The results are
 * stored together with the state of their deliveries, so nothing is done twice, wherever a process dies. A rate limit is a
 * timer here. The workflow stays open for a few seconds for the next delivery, and continues as new every 50 activities.
 */
export async function processWebhooks(input: ConnectionInput): Promise<ProcessWebhooksResult> {
  let hasMore = true;
  setHandler(defineSignal(processMoreSignal), () => {
    hasMore = true;
  });
  let deliveries = 0;
  let syncs = 0;
  for (let activities = 0; ;) {
    const due = new Set<string>();
    while (hasMore) {
      hasMore = false;
      const result = await processDeliveries(input);
      activities += 1;
      deliveries += result.deliveries;
      for (const repositoryId of result.repositoriesToSync) {
        due.add(repositoryId);
      }
      setCurrentDetails(`${deliveries} webhooks`);
      hasMore ||= result.more;
      if (result.wait !== null) {
        await waitUntil(result.wait);
      }
      if (activities >= ACTIVITIES_PER_RUN || workflowInfo().continueAsNewSuggested) {
        break;
      }
    }
    for (const repositoryId of due) {
      syncs += 1;
      await syncDueStages(input.teamId, repositoryId, syncs);
    }
    await rollUpWeeks(input.teamId);
    if (!hasMore && !(await condition(() => hasMore, LINGER))) {
      return { deliveries };
    }
    if (activities >= ACTIVITIES_PER_RUN || workflowInfo().continueAsNewSuggested) {
      return continueAsNew<typeof processWebhooks>(input);
    }
  }
}

/** Reads what became due in one repository. The row of a sync that fails says why; its deliveries are not repeated. */
async function syncDueStages(teamId: string, repositoryId: string, attempt: number): Promise<void> {
  const workflowId = workflowIdHere(webhookSyncWorkflowId(teamId, repositoryId));
  const { runId: workflowRunId } = workflowInfo();
  const wanted = { teamId, repositoryId, workflowId, workflowRunId, attempt };
  // A cancellation in between would let the row be written after the step that closes it.
  const opened = await CancellationScope.nonCancellable(() => openWebhookSync(wanted));
  const { syncRunId, repositoryName } = opened;
  if (syncRunId === null) {
    return;
  }
  try {
    await executeChild(syncRepository, {
      workflowId,
      args: [
        {
          teamId,
          repositoryId,
          repositoryName,
          syncRunId,
          activityOptions: ACTIVITY_OPTIONS,
          pagesBefore: 0,
        },
      ],
      // Terminated with this workflow, it could not close its row.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      memo: { [SYNC_RUN_MEMO]: syncRunId },
      staticSummary: toPlainText(`What webhooks tell of ${repositoryName} for team ${teamId}`),
      typedSearchAttributes: toSearchAttributes({
        teamId,
        repository: repositoryName,
        syncKind: 'INCREMENTAL',
      }),
    });
  } catch (error) {
    // A sync that began has closed its row itself, unless it was terminated; one that did not begin cannot.
    const end = isAlreadyRunning(error) ? ANOTHER_SYNC : toRunEnd(error);
    await CancellationScope.nonCancellable(() => closeSyncRun({ teamId, syncRunId, ...end }));
    if (isCancellation(error)) {
      throw error;
    }
  }
}
