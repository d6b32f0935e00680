import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { toRebuildStart } from '../../../../src/contracts/rollups.ts';
import { backfillTeamWorkflowId } from '../../../../src/contracts/workflow-ids.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { requestBackfillRun } from '../../../../src/db/sync/backfill-starts.ts';
import type { Workers } from '../../../../src/runtime/temporal/worker.ts';
import { organisationWithoutDeployments } from '../../../support/github/organisation.ts';
import { createSyncWorld, type SyncWorld } from '../../../support/worlds/sync-world.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const SINCE = '2026-04-01T00:00:00.000Z';
const source = organisationWithoutDeployments({ seed: 5, now: NOW });
const [first] = source.repositories;
const repositories = [`${first?.owner}/${first?.name}`];

let world: SyncWorld;
let workers: Workers;

beforeAll(async () => {
  world = await createSyncWorld({ source, now: () => NOW });
  workers = await world.startWorkers();
});
afterAll(async () => {
  await workers.stop();
  await world.close();
});
beforeEach(async () => {
  await world.maintenance.$executeRaw`TRUNCATE sync_run, rollup_rebuild, repository CASCADE`;
});

/** Starts a backfill, with the row of an admin's request where it is told to, and waits until it has ended. */
async function runBackfill(input: { since: string; requestedBy?: string; hasRow?: boolean }) {
  const teamId = String(world.teamId);
  const workflowId = world.launcher.workflowIdOf(backfillTeamWorkflowId(teamId));
  const { id: requestedBy } = await world.maintenance.appUser.findFirstOrThrow();
  const job = { workflowId, since: new Date(SINCE), repositories, requestedBy };
  const row =
    input.hasRow === true
      ? await withTeam(world.application, world.teamId, (tx) =>
          requestBackfillRun(tx, { ...job, teamId: world.teamId }),
        )
      : null;
  const started = await world.launcher.startBackfill({
    teamId,
    repositories,
    since: input.since,
    requestedBy: input.requestedBy ?? null,
    ...(row !== null && { syncRunId: String(row.result) }),
  });
  const handle = world.client.workflow.getHandle(workflowId, started.workflowRunId);
  await handle.result().catch(() => undefined);
  const { status } = await handle.describe();
  return { joined: started.joined, status: status.name };
}

function jobs() {
  return world.maintenance.syncRun.findMany({
    where: { parentId: null },
    orderBy: { id: 'asc' },
  });
}

test.each(['0000-01-01T00:00:00.000Z', '2026-02-30T00:00:00Z', 'yesterday'])(
  'a backfill since %s fails at once, its row says why, and the next one is not held up',
  async (since) => {
    expect(await runBackfill({ since, hasRow: true })).toEqual({ joined: false, status: 'FAILED' });
    expect(await jobs()).toMatchObject([
      {
        status: 'FAILED',
        errorCode: 'INVALID_INPUT',
        errorMessage: expect.stringContaining('since must be an instant of the years') as string,
      },
    ]);
    const next = await runBackfill({ since: SINCE, hasRow: true });
    expect(next).toEqual({ joined: false, status: 'COMPLETED' });
    expect((await jobs()).map(({ status }) => status)).toEqual(['FAILED', 'COMPLETED']);
  },
);

test('a backfill whose row the database refuses fails at once, and the next one is not held up', async () => {
  const beyondBigint = String(10n ** 19n);
  expect(await runBackfill({ since: SINCE, requestedBy: beyondBigint })).toEqual({
    joined: false,
    status: 'FAILED',
  });
  expect(await jobs()).toEqual([]);
  expect(await runBackfill({ since: SINCE })).toEqual({ joined: false, status: 'COMPLETED' });
});

test.each([
  ['from year 0', { from: '0000-01-01' }],
  ['from a day that does not exist', { from: '2026-02-30' }],
])('a rebuild %s fails at once, and the next one is not held up', async (_what, given) => {
  const rebuild = async (input: object) => {
    const started = await world.launcher.startWorkflow(
      toRebuildStart({
        teamId: String(world.teamId),
        reason: 'REQUESTED',
        isDryRun: false,
        from: null,
        to: null,
        timeZone: null,
        weekStart: null,
        requestedBy: null,
        ...input,
      }),
    );
    const handle = world.client.workflow.getHandle(started.workflowId, started.workflowRunId);
    const error: unknown = await handle.result().then(
      () => null,
      (reason: unknown) => reason,
    );
    return { joined: started.joined, error };
  };
  expect(await rebuild(given)).toMatchObject({
    joined: false,
    error: { cause: { type: 'DATA_REFUSED' } },
  });
  expect(await rebuild({})).toEqual({ joined: false, error: null });
  const stored = await world.maintenance.rollupRebuild.findMany({ select: { status: true } });
  expect(stored).toEqual([{ status: 'COMPLETED' }]);
});

test('a backfill that would go back to GitHub’s future says whose clock is wrong, and does not complete', async () => {
  const ahead = await runBackfill({ since: '2026-06-02T12:00:00.000Z' });
  expect(ahead.status).toBe('FAILED');
  const runs = await world.maintenance.syncRun.findMany({ orderBy: { id: 'asc' } });
  expect(runs.map(({ status, errorCode }) => [status, errorCode])).toEqual([
    ['FAILED', 'INVALID_INPUT'],
    ['FAILED', 'INVALID_INPUT'],
  ]);
  expect(runs[1]?.errorMessage).toBe(
    "The sync would go back to 2026-06-02T12:00:00.000Z, which is 1 d ahead of GitHub's clock: set the clock of the database by NTP, then start the backfill again.",
  );
  const repository = await world.maintenance.repository.findFirstOrThrow();
  expect(repository).toMatchObject({ completeFrom: null, watermark: null });
});
