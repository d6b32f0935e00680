import { ParentClosePolicy, WorkflowIdReusePolicy, executeChild } from '@temporalio/workflow';
import { toSearchAttributes } from '../../contracts/search-attributes.ts';
import type { SyncTeamInput, SyncTeamResult } from '../../contracts/sync.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { backfillTeamWorkflowId } from '../../contracts/workflow-ids.ts';
import { backfillTeam } from './backfill-team.ts';
import { isAlreadyRunning } from '../core/outcome.ts';

/**
 * What a schedule starts: the job that walks what is new in all repositories of a team, under the id of all its jobs.
 * Where one is going on this ends at once: it walks every repository newest first, and what changes behind it is the
 * next hour's. Else it lasts as long as the job, so that the schedule skips hours that a long one fills.
 */
export async function syncTeam({
  teamId,
  activityOptions,
}: SyncTeamInput): Promise<SyncTeamResult> {
  try {
    const { outcome } = await executeChild(backfillTeam, {
      workflowId: backfillTeamWorkflowId(teamId),
      taskQueue: TASK_QUEUES.sync,
      args: [{ teamId, repositories: [], since: null, requestedBy: null, activityOptions }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: 'What is new in all repositories of the team',
      typedSearchAttributes: toSearchAttributes({ teamId, syncKind: 'INCREMENTAL' }),
    });
    return { joined: false, outcome };
  } catch (error) {
    if (isAlreadyRunning(error)) {
      return { joined: true, outcome: null };
    }
    throw error;
  }
}
