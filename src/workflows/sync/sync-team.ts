import { ParentClosePolicy, WorkflowIdReusePolicy, executeChild } from '@temporalio/workflow';
import { toSearchAttributes } from '../../contracts/search-attributes.ts';
import type { SyncTeamInput, SyncTeamResult } from '../../contracts/sync.ts';
import { backfillTeamWorkflowId } from '../../contracts/workflow-ids.ts';
import { backfillTeam } from './backfill-team.ts';
import { workflowIdHere } from '../core/installation.ts';
import { unlessRunning } from '../core/outcome.ts';

/**
 * Started by a schedule: runs the backfill that syncs what is new in all repositories of a team, under the id that all
 * backfills of the team have. While another one runs, this workflow ends at once: that one reads every repository newest
 * first, and what changes after it is read in the next hour. Otherwise it lasts as long as its backfill, so that the
 * schedule skips the hours that a long one takes.
 */
export async function syncTeam({
  teamId,
  activityOptions,
}: SyncTeamInput): Promise<SyncTeamResult> {
  const result = await unlessRunning(
    executeChild(backfillTeam, {
      workflowId: workflowIdHere(backfillTeamWorkflowId(teamId)),
      args: [{ teamId, repositories: [], since: null, requestedBy: null, activityOptions }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: `What is new in all repositories for team ${teamId}`,
      typedSearchAttributes: toSearchAttributes({ teamId, syncKind: 'INCREMENTAL' }),
    }),
  );
  return { joined: result === null, outcome: result?.outcome ?? null };
}
