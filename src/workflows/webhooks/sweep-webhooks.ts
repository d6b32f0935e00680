import {
  continueAsNew,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { ConnectionInput } from '../../contracts/keys.ts';
import {
  processMoreSignal,
  toWebhooksStart,
  type ListConnectionsResult,
  type SweepInput,
  type SweepWebhooksResult,
  type WebhookActivities,
} from '../../contracts/webhooks.ts';
import { toSearchAttributes } from '../../contracts/search-attributes.ts';
import { toPlainText } from '../../domain/core/plain-text.ts';
import { activitiesOn } from '../core/activity-proxies.ts';
import { workflowIdHere } from '../core/installation.ts';
import { unlessRunning } from '../core/outcome.ts';
import { processWebhooks } from './process-webhooks.ts';

const { listStalledWebhooks } = activitiesOn<WebhookActivities>('sync', '5m');

/**
 * Starts the processing of stored webhooks that have waited for longer than a minute, whatever became of their signal.
 * It goes through all teams, fifty an activity, and continues as new when Temporal suggests it.
 */
export async function sweepWebhooks(input: SweepInput): Promise<SweepWebhooksResult> {
  let connections = 0;
  for (let after: string | null = input.after; after !== null;) {
    const page: ListConnectionsResult = await listStalledWebhooks({ after });
    for (const connection of page.connections) {
      await wake(connection);
      connections += 1;
    }
    after = page.next;
    if (after !== null && workflowInfo().continueAsNewSuggested) {
      return continueAsNew<typeof sweepWebhooks>({ after });
    }
  }
  return { connections };
}

/** Starts the processing of a connection's webhooks, or signals the workflow that already runs. */
async function wake(connection: ConnectionInput): Promise<void> {
  const { workflowId: name, summary } = toWebhooksStart(connection);
  const workflowId = workflowIdHere(name);
  const started = await unlessRunning(
    startChild(processWebhooks, {
      workflowId,
      args: [connection],
      staticSummary: toPlainText(`${summary} for team ${connection.teamId}`),
      typedSearchAttributes: toSearchAttributes({ teamId: connection.teamId }),
      parentClosePolicy: ParentClosePolicy.ABANDON,
    }),
  );
  if (started === null) {
    // It may end at this very moment; then the next sweep starts it.
    await getExternalWorkflowHandle(workflowId)
      .signal(processMoreSignal)
      .catch(() => undefined);
  }
}
