import { afterEach, expect, test } from 'vitest';
import type { SyncFailpoint } from '../../../../src/activities/requests/sync-dependencies.ts';
import { syncRepositoryWorkflowId } from '../../../../src/contracts/workflow-ids.ts';
import type { Workers } from '../../../../src/runtime/temporal/worker.ts';
import { organisationWithoutDeployments } from '../../../support/github/organisation.ts';
import { createGates } from '../../../support/worlds/started-backfill.ts';
import { createSyncWorld, type SyncWorld } from '../../../support/worlds/sync-world.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const SINCE = '2025-06-01T00:00:00.000Z';
const HEARTBEAT_SECONDS = 2;

/** A cancellation takes one heartbeat, one request and one commit. Half of what a page may take is far from that. */
const MAX_MS = 300_000;

const source = organisationWithoutDeployments({ seed: 5, now: NOW });
const names = source.repositories.map(({ owner, name }) => `${owner}/${name}`);

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

/** Starts a job, cancels it while its first page is held at a moment, and lets that page go on once it has heard. */
async function cancelAt(held: SyncFailpoint, repositories: readonly string[]) {
  const [seen, gate] = [gates.create(), gates.create()];
  const statuses: string[] = [];
  let holds = 0;
  const of = await createSyncWorld({
    source,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    parallelRepositories: repositories.length,
    now: () => NOW,
  });
  world = of;
  workers = await of.startWorkers(async (failpoint) => {
    if (failpoint === held && holds === 0) {
      holds += 1;
      seen.open();
      await gate.passed;
    }
    const rows = await of.maintenance.syncRun.findMany({ select: { status: true } });
    statuses.push(...rows.map(({ status }) => status));
  });
  const teamId = String(of.teamId);
  const request = { teamId, repositories, since: SINCE, requestedBy: null };
  const job = await of.launcher.startBackfill(request);
  await seen.passed;
  await expect.poll(() => of.maintenance.syncRun.count()).toBe(1 + repositories.length);
  const syncs = await of.maintenance.syncRun.findMany({ where: { parentId: { not: null } } });
  const cancelledAt = Date.now();
  await of.client.workflow.getHandle(job.workflowId).cancel();
  await Promise.all(
    syncs.map(({ repositoryId }) => {
      const workflowId = of.launcher.workflowIdOf(
        syncRepositoryWorkflowId(teamId, String(repositoryId)),
      );
      return expect.poll(() => hasHeard(of, workflowId, cancelledAt)).toBe(true);
    }),
  );
  const askedBefore = of.github.stats().requests.graphql;
  gate.open();
  await expect(of.client.workflow.getHandle(job.workflowId).result()).rejects.toThrow(/cancelled/i);
  const tookMs = Date.now() - cancelledAt;
  return { of, statuses, tookMs, asked: of.github.stats().requests.graphql - askedBefore };
}

/** Whether a page lives on by its heartbeats, and one of them has brought the cancellation. */
async function hasHeard(of: SyncWorld, workflowId: string, cancelledAt: number): Promise<boolean> {
  const { raw } = await of.client.workflow.getHandle(workflowId).describe();
  const [page] = raw.pendingActivities ?? [];
  const started = Number(page?.lastStartedTime?.seconds);
  const beat = Number(page?.lastHeartbeatTime?.seconds);
  return beat > cancelledAt / 1000 && beat - started > 2 * HEARTBEAT_SECONDS;
}

// With the page that is being stored, the next one was asked for.
test.each([
  ['before-fetch', 1],
  ['before-commit', 2],
] as const)(
  'pages that are cancelled %s are stored whole before their row says so',
  async (failpoint, pages) => {
    const { of, statuses, tookMs } = await cancelAt(failpoint, names.slice(0, 1));
    expect(tookMs).toBeLessThan(MAX_MS);
    // Neither asked nor committed behind a row that had ended.
    expect(new Set(statuses)).toEqual(new Set(['RUNNING']));
    const rows = await of.maintenance.syncRun.findMany({ orderBy: { id: 'asc' } });
    expect(rows.map(({ status }) => status)).toEqual(['CANCELLED', 'CANCELLED']);
    const stored = await of.maintenance.syncPage.findMany({ orderBy: { page: 'asc' } });
    expect(stored).toHaveLength(pages);
    expect(rows[1]).toMatchObject({ pages, cursor: stored.at(-1)?.cursorAfter });
    const pullRequestsIn = stored.reduce((sum, page) => sum + page.pullRequestsIn, 0);
    expect(pullRequestsIn).toBeGreaterThan(0);
    expect(await of.maintenance.pullRequest.count()).toBe(pullRequestsIn);
  },
);

test('pages that wait for a request slot when they are cancelled are not asked for any more', async () => {
  const { of, asked, tookMs } = await cancelAt('before-fetch', names.slice(0, 3));
  expect(asked).toBe(1);
  expect(tookMs).toBeLessThan(MAX_MS);
  expect(await of.maintenance.syncPage.count()).toBe(1);
  const rows = await of.maintenance.syncRun.findMany();
  expect(rows.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'CANCELLED'));
});
