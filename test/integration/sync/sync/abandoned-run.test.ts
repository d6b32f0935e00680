import { afterEach, expect, test } from 'vitest';
import type { Workers } from '../../../../src/runtime/temporal/worker.ts';
import { organisationWithoutDeployments } from '../../../support/github/organisation.ts';
import { createGates } from '../../../support/worlds/started-backfill.ts';
import { createSyncWorld, type SyncWorld } from '../../../support/worlds/sync-world.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const SINCE = '2025-06-01T00:00:00.000Z';
const ABANDONED = {
  status: 'FAILED',
  errorCode: 'ABANDONED',
  errorMessage: 'Its workflow was ended from outside: start the sync again.',
};

const source = organisationWithoutDeployments({ seed: 5, now: NOW });
const [first] = source.repositories;

const gates = createGates();
let world: SyncWorld | undefined;
let workers: Workers | undefined;

afterEach(async () => {
  gates.openAll();
  await workers?.stop();
  await world?.close();
  workers = undefined;
  world = undefined;
});

test('rows of a job that was terminated end when the next one begins, which does its work', async () => {
  const [seen, gate] = [gates.create(), gates.create()];
  const of = await createSyncWorld({ source, heartbeatSeconds: 2, now: () => NOW });
  world = of;
  let holds = 0;
  workers = await of.startWorkers(async (failpoint) => {
    if (failpoint === 'after-fetch' && holds === 0) {
      holds += 1;
      seen.open();
      await gate.passed;
    }
  });
  const readRuns = () => of.maintenance.syncRun.findMany({ orderBy: { id: 'asc' } });
  const teamId = String(of.teamId);
  const repositories = [`${first?.owner}/${first?.name}`];
  const request = { teamId, repositories, since: SINCE, requestedBy: null };
  const dead = await of.launcher.startBackfill(request);
  await seen.passed;
  await of.client.workflow.getHandle(dead.workflowId).terminate('by hand');
  expect(await readRuns()).toMatchObject([{ status: 'RUNNING' }, { status: 'RUNNING' }]);
  const job = await of.launcher.startBackfill(request);
  expect(job.joined).toBe(false);
  const endedRuns = async () => (await readRuns()).filter(({ status }) => status === 'FAILED');
  await expect.poll(endedRuns).toMatchObject([ABANDONED, ABANDONED]);
  // The page of the sync that was cancelled finds its row closed.
  gate.open();
  const handle = of.client.workflow.getHandle(job.workflowId, job.workflowRunId);
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED' });
  expect(await readRuns()).toMatchObject([
    ABANDONED,
    { ...ABANDONED, pages: 0 },
    { workflowRunId: job.workflowRunId, status: 'COMPLETED' },
    { status: 'COMPLETED' },
  ]);
});
