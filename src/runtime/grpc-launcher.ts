import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import type { LaunchedWorkflow, WorkflowLauncher } from '../contracts/launcher.ts';
import { toSearchAttributes } from '../contracts/search-attributes.ts';
import {
  SYNC_WORKFLOWS,
  widenBackfillUpdate,
  type BackfillTeamInput,
  type SyncPace,
  type WidenBackfillInput,
  type WidenBackfillResult,
} from '../contracts/sync.ts';
import { TASK_QUEUES } from '../contracts/task-queues.ts';
import { backfillTeamWorkflowId } from '../contracts/workflow-ids.ts';
import { isDomainError } from '../domain/errors.ts';
import {
  TEMPORAL_DEADLINE_MS,
  temporalUnavailable,
  type TemporalClient,
} from './temporal-client.ts';

export interface GrpcLauncherOptions {
  readonly temporal: TemporalClient;
  readonly address: string;
  readonly namespace: string;
  /** Root of the Web UI, without a slash at its end; null when there is none. */
  readonly uiUrl: string | null;
  readonly pace: SyncPace;
}

type BackfillWish = Parameters<WorkflowLauncher['startBackfill']>[0];

/** A run may end between our start and our joining it; then the next start wins. */
const START_ATTEMPTS = 3;

/** Starts workflows over gRPC. The conflict policy FAIL tells a start from a join. */
export function createGrpcLauncher(options: GrpcLauncherOptions): WorkflowLauncher {
  async function attempt(client: Client, wish: BackfillWish): Promise<LaunchedWorkflow | null> {
    const workflowId = backfillTeamWorkflowId(wish.teamId);
    try {
      const handle = await client.workflow.start(SYNC_WORKFLOWS.backfillTeam, {
        workflowId,
        taskQueue: TASK_QUEUES.sync,
        args: [{ ...wish, pace: options.pace } satisfies BackfillTeamInput],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        staticSummary: `Backfill of ${describe(wish)} since ${wish.since.slice(0, 10)}`,
        typedSearchAttributes: toSearchAttributes({ teamId: wish.teamId, syncKind: 'BACKFILL' }),
      });
      return { workflowId, workflowRunId: handle.firstExecutionRunId, joined: false };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
        throw error;
      }
    }
    return join(client.workflow.getHandle(workflowId), wish);
  }

  /** Joins the running backfill; null when it has ended meanwhile. */
  async function join(
    handle: WorkflowHandle,
    wish: BackfillWish,
  ): Promise<LaunchedWorkflow | null> {
    try {
      await handle.executeUpdate<WidenBackfillResult, [WidenBackfillInput]>(widenBackfillUpdate, {
        args: [{ repositories: wish.repositories, since: wish.since }],
      });
      const description = await handle.describe();
      const workflowRunId = description.raw.workflowExecutionInfo?.firstRunId ?? description.runId;
      return { workflowId: handle.workflowId, workflowRunId, joined: true };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) {
        return null;
      }
      throw error;
    }
  }

  return {
    async startBackfill(wish) {
      const client = await options.temporal.get();
      try {
        const launched = await client.withDeadline(Date.now() + TEMPORAL_DEADLINE_MS, async () => {
          for (let tries = 0; tries < START_ATTEMPTS; tries += 1) {
            const result = await attempt(client, wish);
            if (result !== null) {
              return result;
            }
          }
          return null;
        });
        if (launched === null) {
          throw new Error('the backfill ended each time it was joined');
        }
        return launched;
      } catch (error) {
        throw isDomainError(error) ? error : temporalUnavailable(options.address, error);
      }
    },

    workflowUrl({ workflowId }) {
      return options.uiUrl === null
        ? null
        : `${options.uiUrl}/namespaces/${encodeURIComponent(options.namespace)}/workflows/${encodeURIComponent(workflowId)}`;
    },
  };
}

function describe(wish: BackfillWish): string {
  const [first, ...others] = wish.repositories;
  if (first === undefined) {
    return 'all repositories';
  }
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
