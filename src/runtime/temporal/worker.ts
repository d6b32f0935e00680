import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { createAiUsageActivities } from '../../activities/usage/ai-usage.ts';
import type { ActivityMeter } from '../../activities/core/activity-meter.ts';
import {
  createActivityInterceptor,
  HEARTBEAT_AT_MOST_MS,
} from '../../activities/core/interceptor.ts';
import { createComputeActivities } from '../../activities/rollups/compute.ts';
import {
  createRetentionActivities,
  type RetentionActivityDependencies,
} from '../../activities/retention/retention.ts';
import { createGitHubContext } from '../../activities/requests/github-context.ts';
import { createReconcileActivities } from '../../activities/sync/reconcile.ts';
import { createMemberActivities } from '../../activities/members/sync-members.ts';
import { createSyncActivities } from '../../activities/sync/sync.ts';
import { createConnectionActivities } from '../../activities/connections/test-connection.ts';
import { createWebhookActivities } from '../../activities/webhooks/webhooks.ts';
import type { SyncActivityDependencies } from '../../activities/requests/sync-dependencies.ts';
import { toTaskQueueName, type InstallationIdentity } from '../../contracts/installation.ts';
import type { TaskQueue } from '../../contracts/task-queues.ts';
import { DEADLINES } from '../../domain/core/deadlines.ts';
import type { Config } from '../settings/config.ts';
import type { Logger } from '../core/logger.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { prepareNamespace } from './prepare-namespace.ts';
import { connectionSecurity, type TemporalTarget } from './temporal-client.ts';
import { toSdkLogger } from './temporal-runtime.ts';
import { toConnectFailure } from './temporal-failures.ts';

export interface WorkersOptions {
  readonly temporal: TemporalTarget;
  /** Whose work is taken; nobody else's. */
  readonly installation: InstallationIdentity;
  readonly settings: Config['worker'];
  readonly dependencies: SyncActivityDependencies & RetentionActivityDependencies;
  /** Hears of each activity. */
  readonly activityMeter?: ActivityMeter | undefined;
  /** Overrides the options of every worker; chaos experiments shorten timeouts with it. */
  readonly overrides?: Partial<WorkerOptions>;
  /** How long Temporal is waited for, in milliseconds. The product's deadline by default. */
  readonly answerMs?: number;
  /** Hears what had to be made in Temporal before the workers could start. */
  readonly onPrepared?: (made: string) => void;
}

export interface Workers {
  /**
   * Resolves when all workers have stopped, and rejects with the first failure when one of them failed, which ends the
   * others. Nobody has to wait for it: the failure never becomes an unhandled rejection.
   */
  readonly done: Promise<void>;
  /** Lets running activities end (up to the grace time), then stops; also while the failure of one ends the others. */
  stop(): Promise<void>;
}

/** Running activities have this long to end: a page is committed well within it. */
const SHUTDOWN_GRACE = '8s';
const SHUTDOWN_FORCE = '10s';

/**
 * Starts one worker a queue in this process and returns when they poll. All share one bundle of the workflows and one
 * connection. A namespace or search attributes that Temporal lacks are made first, where the connection may.
 * @throws DomainError TEMPORAL_UNAVAILABLE when the cluster does not answer, or lacks what the connection may not make
 */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { settings, temporal, onPrepared = () => undefined } = options;
  const connection = await connect(temporal, options.answerMs ?? DEADLINES.temporal.answerMs);
  try {
    (await prepareNamespace(connection, temporal)).forEach(onPrepared);
    const workflowBundle = await loadWorkflows(settings.workflowBundle);
    const created = await Promise.allSettled(
      settings.queues.map((queue) =>
        Worker.create({
          connection,
          namespace: temporal.namespace,
          taskQueue: toTaskQueueName(options.installation, queue),
          workflowBundle,
          shutdownGraceTime: SHUTDOWN_GRACE,
          shutdownForceTime: SHUTDOWN_FORCE,
          maxHeartbeatThrottleInterval: HEARTBEAT_AT_MOST_MS,
          interceptors: {
            activity: [
              (context) => ({
                inbound: createActivityInterceptor(context, {
                  metered: options.activityMeter && { queue, meter: options.activityMeter },
                }),
              }),
            ],
          },
          ...queueOptions(queue, options),
          ...options.overrides,
        }),
      ),
    );
    const workers = created.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refused = created.find((one) => one.status === 'rejected');
    const running = runAll(workers);
    if (refused !== undefined) {
      // Only a worker that has run releases the connection.
      shutDown(workers);
      await running.catch(() => undefined);
      throw refused.reason;
    }
    const done = closeAfter(running, connection);
    // The caller may be busy when a worker fails, and learns of it later.
    done.catch(() => undefined);
    return {
      done,
      async stop() {
        shutDown(workers);
        await done.catch(() => undefined);
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Runs workers until all have stopped. When one fails the others are shut down, and the first failure is thrown. */
async function runAll(workers: readonly Worker[]): Promise<void> {
  const runs = workers.map((worker) => worker.run());
  try {
    await Promise.all(runs);
  } catch (error) {
    shutDown(workers);
    await Promise.allSettled(runs);
    throw error;
  }
}

function shutDown(workers: readonly Worker[]): void {
  for (const worker of workers) {
    if (worker.getState() === 'RUNNING') {
      worker.shutdown();
    }
  }
}

async function closeAfter(running: Promise<void>, connection: NativeConnection): Promise<void> {
  try {
    await running;
  } catch (error) {
    // The caller should see why the workers failed, not what followed from it.
    await connection.close().catch(() => undefined);
    throw error;
  }
  await connection.close();
}

/**
 * Sends the logs of Temporal's SDK to our logger. The SDK has one logger a process, so this is called once, before any worker
 * is created; commands call `openTemporalRuntime` instead, which hears the native core too and has to be closed.
 */
export function routeTemporalLogs(logger: Logger): void {
  Runtime.install({ logger: toSdkLogger(logger) });
}

/** The activities of each queue, and how many of them run at a time. */
function queueOptions(queue: TaskQueue, options: WorkersOptions): Partial<WorkerOptions> {
  const { settings, dependencies, activityMeter } = options;
  const slots = slotsOf(queue, settings);
  activityMeter?.onSlots(queue, slots);
  const bounded = { maxConcurrentActivityTaskExecutions: slots };
  switch (queue) {
    case 'sync': {
      const context = createGitHubContext(dependencies);
      return {
        activities: {
          ...createSyncActivities(context),
          ...createWebhookActivities(context),
          ...createReconcileActivities(context),
          ...createMemberActivities(context),
          ...createConnectionActivities(context),
          ...createAiUsageActivities(context),
        },
        ...bounded,
      };
    }
    case 'compute':
      return {
        activities: {
          ...createComputeActivities(dependencies),
          ...createRetentionActivities(dependencies),
        },
        ...bounded,
      };
    case 'llm':
      return bounded;
  }
}

/** How many activities of a queue one worker runs at a time. */
function slotsOf(queue: TaskQueue, settings: Config['worker']): number {
  return {
    sync: settings.syncConcurrency,
    compute: settings.computeConcurrency ?? cpus().length,
    llm: settings.llmConcurrency,
  }[queue];
}

async function connect(temporal: TemporalTarget, answerMs: number): Promise<NativeConnection> {
  const { address } = temporal;
  try {
    return await unlessAborted(AbortSignal.timeout(answerMs), () =>
      NativeConnection.connect({ address, ...connectionSecurity(temporal) }),
    );
  } catch (error) {
    throw toConnectFailure(error, temporal);
  }
}

/** Loads the prebuilt bundle where one is configured; otherwise bundles the sources, which takes two to three seconds. */
async function loadWorkflows(bundlePath: string | undefined): Promise<WorkflowBundleOption> {
  return bundlePath === undefined ? bundleWorkflows() : { codePath: bundlePath };
}

/** Bundles the workflows for Temporal's sandbox; refuses imports that are not deterministic. */
export async function bundleWorkflows(): Promise<{ code: string }> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const workflowsPath = fileURLToPath(
    new URL(`../../workflows/index.${extension}`, import.meta.url),
  );
  const quiet = new DefaultLogger('ERROR', () => undefined);
  return bundleWorkflowCode({ workflowsPath, logger: quiet });
}
