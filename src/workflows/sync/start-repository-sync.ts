import {
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  startChild,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { toSearchAttributes } from '../../contracts/search-attributes.ts';
import {
  SYNC_RUN_MEMO,
  type OpenRepositoryRunResult,
  type SyncRepositoryInput,
} from '../../contracts/sync.ts';
import { syncRepositoryWorkflowId } from '../../contracts/workflow-ids.ts';
import { toPlainText } from '../../domain/core/plain-text.ts';
import { workflowIdHere } from '../core/installation.ts';
import { unlessRunning } from '../core/outcome.ts';
import { verifyLimit, pauseSync, resumeSync, type SyncControl } from './sync-control.ts';
import { syncRepository } from './sync-repository.ts';

/** How long to wait before another sync of the same repository is checked again. */
const OTHER_SYNC_MS = 15_000;

export type RepositorySync = ChildWorkflowHandle<typeof syncRepository>;

/** Starts a repository sync, paused when its backfill is. While another sync of the repository runs, it waits. */
export async function startWhenFree(
  input: SyncRepositoryInput,
  run: OpenRepositoryRunResult,
  control: SyncControl,
): Promise<RepositorySync> {
  for (;;) {
    const isPaused = control.isPaused();
    const child = await startRepositorySync({ ...input, isPaused }, run);
    if (child !== null) {
      if (control.isPaused() !== isPaused) {
        await signalPause(child, control.isPaused());
      }
      return child;
    }
    const until = new Date(Date.now() + OTHER_SYNC_MS).toISOString();
    const reason = `another sync of ${input.repositoryName} is going on`;
    await control.waitOut({ until, reason }, null);
  }
}

/** Pauses or resumes a repository sync; one that has just ended needs no signal. */
export async function signalPause(child: RepositorySync, isPaused: boolean): Promise<void> {
  await child.signal(isPaused ? pauseSync : resumeSync).catch(() => undefined);
}

/** Tells a repository sync that the limit it may wait for was lifted; one that has just ended need not know. */
export async function signalVerifyLimit(child: RepositorySync): Promise<void> {
  await child.signal(verifyLimit).catch(() => undefined);
}

/** Starts a repository sync as a child; null while another one of the repository runs, such as a webhook's. */
function startRepositorySync(
  input: SyncRepositoryInput,
  run: OpenRepositoryRunResult,
): Promise<RepositorySync | null> {
  const { teamId, repositoryId, repositoryName } = input;
  const searchAttributes = { teamId, repository: repositoryName, syncKind: run.kind };
  return unlessRunning(
    startChild(syncRepository, {
      workflowId: workflowIdHere(syncRepositoryWorkflowId(teamId, repositoryId)),
      args: [input],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      memo: { [SYNC_RUN_MEMO]: input.syncRunId },
      staticSummary: toPlainText(
        `Pull requests of ${repositoryName} since ${run.since.slice(0, 10)} for team ${teamId}`,
      ),
      typedSearchAttributes: toSearchAttributes(searchAttributes),
    }),
  );
}
