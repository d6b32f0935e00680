import { Worker, type WorkerOptions, type WorkflowBundleOption } from '@temporalio/worker';
import type { AiUsageActivities } from '../../../src/contracts/ai-usage.ts';
import type { ConnectionActivities } from '../../../src/contracts/connections.ts';
import type { ReconcileActivities } from '../../../src/contracts/reconcile.ts';
import type { MemberActivities } from '../../../src/contracts/members.ts';
import type { RetentionActivities } from '../../../src/contracts/retention.ts';
import type { ComputeActivities } from '../../../src/contracts/rollups.ts';
import type { SyncActivities } from '../../../src/contracts/sync.ts';
import { createRebuildStubs } from './rebuild-stubs.ts';
import { toTaskQueueName, type InstallationIdentity } from '../../../src/contracts/installation.ts';
import type { TestTemporal } from '../temporal/temporal.ts';

export interface StubWorkers {
  stop(): Promise<void>;
}

type Connection = Pick<TestTemporal, 'connection' | 'namespace'>;

/** Whose queues the workers poll; unless given, those of before installations had identities. */
interface OfInstallation {
  readonly installation?: InstallationIdentity;
}

/**
 * Workers that run the real workflows and no activity. To load the workflows takes half a second of CPU each, so that they are
 * shared by the tests of a file.
 */
export async function startWorkflowWorkers(
  { connection, namespace }: Connection,
  workflowBundle: WorkflowBundleOption,
  {
    reuseV8Context,
    installation = null,
  }: OfInstallation & { readonly reuseV8Context?: boolean | undefined } = {},
): Promise<StubWorkers> {
  const reuse = reuseV8Context === undefined ? {} : { reuseV8Context };
  const shared = { connection, namespace, workflowBundle, ...reuse };
  return runAll(
    await Worker.create({ ...shared, taskQueue: toTaskQueueName(installation, 'sync') }),
    await Worker.create({ ...shared, taskQueue: toTaskQueueName(installation, 'compute') }),
  );
}

/** Workers that run activities that a test makes up, and no workflow. They have no interceptors unless they are given. */
export async function startStubWorkers(
  { connection, namespace }: Connection,
  activities: {
    readonly sync:
      | SyncActivities
      | ReconcileActivities
      | AiUsageActivities
      | MemberActivities
      | ConnectionActivities;
    readonly compute: Partial<ComputeActivities> | RetentionActivities;
  },
  { installation = null, ...options }: OfInstallation & Pick<WorkerOptions, 'interceptors'> = {},
): Promise<StubWorkers> {
  const workersOf = (taskQueue: string, own: object): Promise<Worker> =>
    Worker.create({ connection, namespace, taskQueue, activities: { ...own }, ...options });
  return runAll(
    await workersOf(toTaskQueueName(installation, 'sync'), activities.sync),
    await workersOf(toTaskQueueName(installation, 'compute'), activities.compute),
  );
}

function runAll(...workers: readonly Worker[]): StubWorkers {
  const runs = Promise.all(workers.map((worker) => worker.run()));
  return {
    async stop() {
      for (const worker of workers) {
        worker.shutdown();
      }
      await runs;
    },
  };
}

export interface StubActivities {
  readonly sync: SyncActivities;
  readonly compute: ComputeActivities;
  /** What was called, in order: `name argument`. */
  readonly calls: string[];
}

/** Activities that succeed at once: two repositories of three pages each; a test replaces what it is about. */
export function createStubActivities(changes: Partial<SyncActivities> = {}): StubActivities {
  const calls: string[] = [];
  const pages = new Map<string, number>();
  const sync: SyncActivities = {
    async openBackfill() {
      calls.push('openBackfill');
      return { syncRunId: '1' };
    },
    async resolveRepositories({ repositories }) {
      calls.push(`resolveRepositories ${repositories.join(' ')}`);
      const names = repositories.length === 0 ? ['acme/api', 'acme/web'] : repositories;
      return {
        repositories: names.map((name, index) => ({ repositoryId: String(index + 1), name })),
        refused: [],
        wait: null,
        left: [],
      };
    },
    async openRepositoryRun({ repositoryId, attempt }) {
      calls.push(`openRepositoryRun ${repositoryId}`);
      return {
        syncRunId: `${repositoryId}.${attempt}`,
        kind: 'BACKFILL',
        since: '2026-01-01T00:00:00.000Z',
        isResumed: false,
      };
    },
    async syncPullRequestPage({ syncRunId }) {
      const page = (pages.get(syncRunId) ?? 0) + 1;
      pages.set(syncRunId, page);
      calls.push(`syncPullRequestPage ${syncRunId} ${page}`);
      return page === 3
        ? { next: 'DONE', pages: page, outcome: 'COMPLETED', stages: [] }
        : { next: 'PAGE', pages: page };
    },
    async syncRepositoryStage({ syncRunId, stage }) {
      calls.push(`syncRepositoryStage ${syncRunId} ${stage}`);
      return { next: 'DONE' };
    },
    async recordSyncPause({ syncRunId, isPaused }) {
      calls.push(`recordSyncPause ${syncRunId} ${isPaused ? 'paused' : 'resumed'}`);
    },
    async closeSyncRun({ syncRunId, outcome, errorMessage }) {
      calls.push(`closeSyncRun ${syncRunId} ${outcome} ${errorMessage ?? ''}`.trim());
      return { outcome };
    },
    ...changes,
  };
  const compute: ComputeActivities = {
    async rollUpDirtyWeeks() {
      calls.push('rollUpDirtyWeeks');
      return { weeks: 1, rowsWritten: 1, rowsRemoved: 0, dirtyMarksConsumed: 1, more: false };
    },
    ...createRebuildStubs(calls, 2),
  };
  return { sync, compute, calls };
}
