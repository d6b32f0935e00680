import { readFileSync } from 'node:fs';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkflowLauncher } from '../../../src/contracts/launcher.ts';
import { verifyLimitSignal } from '../../../src/contracts/sync.ts';
import { createGrpcLauncher } from '../../../src/runtime/temporal/grpc-launcher.ts';
import { createTemporalClient } from '../../../src/runtime/temporal/temporal-client.ts';
import { PATIENT } from '../../support/patience.ts';
import {
  createStubActivities,
  startStubWorkers,
  startWorkflowWorkers,
} from '../../support/stubs/stub-workers.ts';
import { startTestTemporal, type TestTemporal } from '../../support/temporal/temporal.ts';

const INSTALLATION = '0123456789';
const ANOTHER = 'abcdef0123';

/** What GitHub cannot be kept from naming. */
const HOSTILE = 'acme/[api](https://evil.example)';

const [FOR_TEAM = '', WAITING = '', FAILED = ''] = readQueries();

let temporal: TestTemporal;
const closing: (() => Promise<void>)[] = [];

/** The queries as docs/operations.md has them. */
function readQueries(): string[] {
  const docs = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const [, section = ''] = docs.split('## Search attributes\n');
  const [here = ''] = section.split('\n## ');
  return [...here.matchAll(/^ {4}(WorkflowId .+)$/gm)].map(([, query = '']) => query);
}

async function find(query: string, teamId = ''): Promise<string[]> {
  const ids: string[] = [];
  const text = query
    .replace('<identity>', INSTALLATION)
    .replace('<team>', teamId)
    .replace('<day>', new Date().toISOString().slice(0, 10));
  expect(text).not.toMatch(/<\w+>/);
  for await (const { workflowId } of temporal.client.workflow.list({ query: text })) {
    ids.push(workflowId);
  }
  return ids.toSorted();
}

function launcherOf(installation: string): WorkflowLauncher {
  const { address, namespace } = temporal;
  const target = { address, namespace, tls: false, apiKey: undefined };
  const client = createTemporalClient(target, PATIENT.temporal);
  closing.push(() => client.close());
  return createGrpcLauncher({
    ...target,
    temporal: client,
    installation,
    uiUrl: null,
    activityOptions: { heartbeatSeconds: 600, parallelRepositories: 2 },
    deadlines: PATIENT.temporal,
  });
}

beforeAll(async () => {
  temporal = await startTestTemporal();
});

afterAll(async () => {
  for (const close of closing.splice(0).toReversed()) {
    await close();
  }
  await temporal.stop();
});

test('the three saved queries find what they are for, of this installation alone', async () => {
  let isLimited = true;
  const stubs = createStubActivities({
    async openBackfill({ teamId }) {
      if (teamId === '8') {
        throw ApplicationFailure.nonRetryable('GitHub refused.', 'UNAUTHORIZED');
      }
      return { syncRunId: '1' };
    },
    async syncPullRequestPage({ teamId }) {
      return teamId === '7' && isLimited
        ? { next: 'WAIT', until: '2199-01-01T00:00:00.000Z', reason: `limit of ${HOSTILE}` }
        : { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
  const options = { installation: INSTALLATION };
  const bundle = { codePath: temporal.workflowBundle };
  const workflows = await startWorkflowWorkers(temporal, bundle, options);
  closing.push(() => workflows.stop());
  const activities = await startStubWorkers(temporal, stubs, options);
  closing.push(() => activities.stop());
  const [own, another] = [launcherOf(INSTALLATION), launcherOf(ANOTHER)];
  const start = (launcher: WorkflowLauncher, teamId: string) =>
    launcher.startBackfill({ teamId, repositories: [HOSTILE], since: null, requestedBy: null });
  // Nobody works for the other installation: what it has starts and waits.
  const others = await Promise.all([start(another, '7'), start(another, '8')]);
  for (const teamId of ['8', '9']) {
    const { workflowId } = await start(own, teamId);
    await temporal.client.workflow
      .getHandle(workflowId)
      .result()
      .catch(() => undefined);
  }
  const { workflowId: job } = await start(own, '7');
  const sync = `${INSTALLATION}:sync:7:1`;

  await expect.poll(() => find(WAITING)).toEqual([sync]);
  expect(await find(FOR_TEAM, '7')).toEqual([job, sync].toSorted());
  expect(await find(FOR_TEAM, '9')).toEqual([]);
  await expect.poll(() => find(FAILED)).toEqual([`${INSTALLATION}:backfill:8`]);
  expect(others.map(({ workflowId }) => workflowId)).toEqual([
    `${ANOTHER}:backfill:7`,
    `${ANOTHER}:backfill:8`,
  ]);

  const handle = temporal.client.workflow.getHandle(sync);
  const { staticSummary } = await handle.describe();
  expect(await staticSummary()).toBe(
    String.raw`Pull requests of acme/\[api\](https\://evil.example) since 2026-01-01 for team 7`,
  );
  const { currentDetails } = await handle.query<{ currentDetails: string }>(
    '__temporal_workflow_metadata',
  );
  expect(currentDetails).toContain(String.raw`limit of acme/\[api\](https\://evil.example)`);

  isLimited = false;
  await temporal.client.workflow.getHandle(job).signal(verifyLimitSignal);
  await temporal.client.workflow.getHandle(job).result();
  await expect.poll(() => find(FOR_TEAM, '7')).toEqual([]);
  expect(await find(WAITING)).toEqual([]);
  expect(await find(FAILED)).toEqual([`${INSTALLATION}:backfill:8`]);
});
