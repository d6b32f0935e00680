import { setTimeout as tick } from 'node:timers/promises';
import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import {
  SYNC_WORKFLOWS,
  progressQuery,
  type BackfillTeamInput,
  type SyncProgress,
} from '../../../src/contracts/sync.ts';
import { TASK_QUEUES } from '../../../src/contracts/task-queues.ts';
import { backfillTeamWorkflowId } from '../../../src/contracts/workflow-ids.ts';
import { PATIENCE_MS } from '../patience.ts';
import type { TestTemporal } from '../temporal/temporal.ts';

const POLL_MS = 20;

/** A gate that a test opens when it has seen enough. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** The gates of a test file: all are opened after each test, so that nothing waits at one for good. */
export interface Gates {
  create(): Gate;
  openAll(): void;
}

export function createGates(): Gates {
  const made: Gate[] = [];
  return {
    create: () => {
      const gate = createGate();
      made.push(gate);
      return gate;
    },
    openAll: () => made.splice(0).forEach((gate) => gate.open()),
  };
}

/**
 * Asks a sync until it says so. The workflow's own tasks come between two questions.
 * @throws when it never does
 */
export async function untilProgress(
  handle: Pick<WorkflowHandle, 'query'>,
  isSeen: (progress: SyncProgress) => boolean,
): Promise<SyncProgress> {
  for (const endsAt = Date.now() + PATIENCE_MS; ;) {
    const progress = await handle.query<SyncProgress>(progressQuery);
    if (isSeen(progress)) {
      return progress;
    }
    if (Date.now() > endsAt) {
      throw new Error(`the sync never came so far: ${JSON.stringify(progress)}`);
    }
    await tick(POLL_MS);
  }
}

/** Starts the backfill of a team that no other test of the file uses; workers are the test's own. */
export function startBackfill(
  temporal: Pick<TestTemporal, 'client'>,
  teamId: string,
  changes: Partial<BackfillTeamInput> = {},
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  return temporal.client.workflow.start(SYNC_WORKFLOWS.backfillTeam, {
    workflowId: backfillTeamWorkflowId(teamId),
    taskQueue: TASK_QUEUES.sync,
    args: [
      {
        teamId,
        repositories: [],
        since: '2026-01-01T00:00:00.000Z',
        requestedBy: null,
        activityOptions: { heartbeatSeconds: 600, parallelRepositories: 2 },
        ...changes,
      } satisfies BackfillTeamInput,
    ],
  });
}
