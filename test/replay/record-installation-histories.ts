import {
  toConnectionTestStart,
  type TestConnectionResult,
} from '../../src/contracts/connections.ts';
import { toInstallationId, toTaskQueueName } from '../../src/contracts/installation.ts';
import type { WorkflowStart } from '../../src/contracts/launcher.ts';
import { SYNC_WORKFLOWS, toSyncTeamStart } from '../../src/contracts/sync.ts';
import { toSweepStart, toWebhooksStart } from '../../src/contracts/webhooks.ts';
import {
  backfillTeamWorkflowId,
  syncRepositoryWorkflowId,
} from '../../src/contracts/workflow-ids.ts';
import { bundleWorkflows } from '../../src/runtime/temporal/worker.ts';
import {
  createStubActivities,
  startStubWorkers,
  startWorkflowWorkers,
} from '../support/stubs/stub-workers.ts';
import { createWebhookStubs } from '../support/stubs/webhook-stubs.ts';
import type { Recorder } from './recorder.ts';

const INSTALLATION = '0123456789';
const NAME = 'of-an-installation';
const LONG_AGO = '2001-01-01T00:00:00.000Z';
const FREE: TestConnectionResult = { outcome: 'TESTED', reason: null, isFree: true };
const ACTIVITY_OPTIONS = { heartbeatSeconds: 5, parallelRepositories: 2 };

type Stubs = Parameters<typeof startStubWorkers>[1];

/**
 * Records workflows whose id begins with an identity, which their children and the queues of their activities have too,
 * and waits that can be searched for.
 */
export async function recordInstallationHistories(recorder: Recorder): Promise<void> {
  const { client, connection, saveHistory } = recorder;
  const target = { connection, namespace: 'default' };
  const options = { installation: INSTALLATION };
  const workflows = await startWorkflowWorkers(target, await bundleWorkflows(), options);
  const save = (workflow: string, name: string): Promise<void> =>
    saveHistory(workflow, NAME, toInstallationId(INSTALLATION, name));

  async function run({ workflowType, workflowId, taskQueue, input }: WorkflowStart, stubs: Stubs) {
    const activities = await startStubWorkers(target, stubs, options);
    await client.workflow.execute(workflowType, {
      workflowId: toInstallationId(INSTALLATION, workflowId),
      taskQueue: toTaskQueueName(INSTALLATION, taskQueue),
      args: [input],
    });
    await activities.stop();
    await save(workflowType, workflowId);
  }

  let asked = 0;
  const limited = createStubActivities({
    async syncPullRequestPage({ repositoryId }) {
      asked += repositoryId === '1' ? 1 : 0;
      return repositoryId === '1' && asked === 1
        ? { next: 'WAIT', until: LONG_AGO, reason: 'limit of [acme]' }
        : { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
  const start = toSyncTeamStart({ teamId: NAME, activityOptions: ACTIVITY_OPTIONS });
  await run(start, limited);
  await save(SYNC_WORKFLOWS.backfillTeam, backfillTeamWorkflowId(NAME));
  await save(SYNC_WORKFLOWS.syncRepository, syncRepositoryWorkflowId(NAME, '1'));
  let looks = 0;
  await run(
    toWebhooksStart({ teamId: NAME, connectionId: '1' }),
    createWebhookStubs({
      async processDeliveries() {
        looks += 1;
        const wait = looks === 1 ? { until: LONG_AGO, reason: 'limit' } : null;
        return { deliveries: 1, more: wait !== null, wait, repositoriesToSync: ['5'] };
      },
    }),
  );
  await run(toSweepStart(), createWebhookStubs());
  const free = async (): Promise<TestConnectionResult> => FREE;
  const stubs = createStubActivities();
  await run(toConnectionTestStart({ teamId: NAME, connectionId: '1' }), {
    ...stubs,
    sync: { ...stubs.sync, testConnection: free },
  });
  await workflows.stop();
}
