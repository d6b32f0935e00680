import { ApplicationFailure } from '@temporalio/common';
import { Client, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { expect, test } from 'vitest';
import type { BackfillRequest } from '../../../src/contracts/launcher.ts';
import type { SyncActivities } from '../../../src/contracts/sync.ts';
import { createGrpcLauncher } from '../../../src/runtime/temporal/grpc-launcher.ts';
import { startBackfill } from '../../support/worlds/started-backfill.ts';
import { createStubActivities, type StubActivities } from '../../support/stubs/stub-workers.ts';
import { openLauncher, openWorkflowWorld } from '../../support/worlds/workflow-world.ts';
import { PATIENT } from '../../support/patience.ts';

const world = openWorkflowWorld();
const launcher = openLauncher(world);
const { gates, nextTeam } = world;

/** Work that waits at a gate in its first page. */
async function workAtGate(changes: Partial<SyncActivities> = {}) {
  const [gate, seen] = [gates.create(), gates.create()];
  const stubs: StubActivities = createStubActivities({
    async syncPullRequestPage({ syncRunId }) {
      seen.open();
      await gate.passed;
      stubs.calls.push(`page ${syncRunId}`);
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
    ...changes,
  });
  await world.work(stubs);
  return { gate, seen, stubs };
}

function request(teamId: string, changes: Partial<BackfillRequest> = {}): BackfillRequest {
  const since = '2026-01-01T12:00:00.000Z';
  return { teamId, repositories: [], since, requestedBy: null, ...changes };
}

type Handle = Awaited<ReturnType<typeof startBackfill>>;

/** How many updates the history of a workflow has. */
async function countUpdates(handle: Handle): Promise<number> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter(
    (event) => event.workflowExecutionUpdateAcceptedEventAttributes != null,
  ).length;
}

/** A launcher whose requests soon give up, through this client of Temporal. */
function impatientLauncher(client: Client) {
  const { address, namespace, uiUrl } = world.temporal;
  return createGrpcLauncher({
    installation: null,
    temporal: { get: async () => client, close: async () => undefined },
    address,
    namespace,
    uiUrl,
    activityOptions: { heartbeatSeconds: 600, parallelRepositories: 2 },
    deadlines: { ...PATIENT.temporal, answerMs: 4_000 },
  });
}

/** A client whose updates are lost on their way, and then told as not answered. */
function clientThatLosesUpdates(beforeLoss: () => Promise<unknown>): Client {
  const { connection, options } = world.temporal.client;
  return new Client({
    connection,
    namespace: options.namespace,
    interceptors: {
      workflow: [
        {
          startUpdate: async () => {
            await beforeLoss();
            throw new WorkflowUpdateRPCTimeoutOrCancelledError('lost on its way');
          },
        },
      ],
    },
  });
}

// First, because the workers of the workflows stay until the file ends.
test('a request that no worker confirms is told as taken, and runs when one comes', async () => {
  const teamId = nextTeam();
  const handle = await startBackfill(world.temporal, teamId);
  const impatient = impatientLauncher(world.temporal.client);
  const wider = request(teamId, { since: '2025-06-01T00:00:00.000Z' });
  await expect(impatient.startBackfill(wider)).rejects.toMatchObject({
    code: 'TEMPORAL_UNAVAILABLE',
    message: expect.stringMatching(/^Taken, not yet confirmed: .*throughline worker/) as string,
  });
  await world.work(createStubActivities());
  expect(await handle.result()).toMatchObject({ repositories: 4 });
  expect(await countUpdates(handle)).toBe(1);
});

test('a request that Temporal does not have is told as not taken', async () => {
  const { gate, seen } = await workAtGate();
  const [teamId, ended] = [nextTeam(), nextTeam()];
  const handle = await startBackfill(world.temporal, teamId);
  await seen.passed;
  const refusal = {
    code: 'TEMPORAL_UNAVAILABLE',
    message: expect.stringMatching(/^Not taken: .*Nothing was started\.$/) as string,
  };
  const wider = { since: '2025-06-01T00:00:00.000Z' };
  const lossy = impatientLauncher(clientThatLosesUpdates(async () => undefined));
  await expect(lossy.startBackfill(request(teamId, wider))).rejects.toMatchObject(refusal);
  await expect(lossy.joinBackfill(request(teamId, wider))).rejects.toMatchObject(refusal);
  // The same of a backfill that ends on the way.
  const ending = await startBackfill(world.temporal, ended);
  const late = impatientLauncher(clientThatLosesUpdates(() => ending.terminate()));
  await expect(late.joinBackfill(request(ended, wider))).rejects.toMatchObject(refusal);
  gate.open();
  expect(await handle.result()).toMatchObject({ repositories: 2 });
  expect(await countUpdates(handle)).toBe(0);
});

test('starts that the running job covers are joined, and leave nothing in its history', async () => {
  const { gate, seen } = await workAtGate();
  const teamId = nextTeam();
  const handle = await startBackfill(world.temporal, teamId);
  await seen.passed;
  const before = (await handle.describe()).historyLength;
  for (let batch = 0; batch < 10; batch += 1) {
    const joined = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        // Each a little later than the last, as requests for so many days back are.
        launcher().startBackfill(
          request(teamId, { since: new Date(Date.UTC(2026, 1, 1, batch, index)).toISOString() }),
        ),
      ),
    );
    expect(joined.map((one) => one.joined)).toEqual(joined.map(() => true));
  }
  // Accepted, each would leave two events at least.
  expect((await handle.describe()).historyLength - before).toBeLessThan(10);
  expect(await countUpdates(handle)).toBe(0);
  gate.open();
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 2 });
});

test('starts of one day that widen the job are one update, which goes back as far as all of them', async () => {
  const since: (string | null)[] = [];
  const { gate, seen } = await workAtGate({
    async openRepositoryRun({ repositoryId, since: asked }) {
      since.push(asked);
      const kind = 'BACKFILL';
      return { syncRunId: repositoryId, kind, since: asked ?? '', isResumed: false };
    },
  });
  const teamId = nextTeam();
  const handle = await startBackfill(world.temporal, teamId);
  await seen.passed;
  for (const hour of [14, 9, 23, 0]) {
    const asked = new Date(Date.UTC(2025, 5, 1, hour)).toISOString();
    expect(await launcher().startBackfill(request(teamId, { since: asked }))).toMatchObject({
      joined: true,
    });
  }
  expect(await countUpdates(handle)).toBe(1);
  gate.open();
  expect(await handle.result()).toMatchObject({ repositories: 4 });
  expect(new Set(since)).toEqual(new Set(['2026-01-01T00:00:00.000Z', '2025-06-01T00:00:00.000Z']));
});

test('a request to sync again what the job has begun is synced after its own work', async () => {
  const { gate, seen, stubs } = await workAtGate();
  const teamId = nextTeam();
  const handle = await startBackfill(world.temporal, teamId);
  await seen.passed;
  const again = request(teamId, { since: null, again: true });
  expect(await launcher().startBackfill(again)).toMatchObject({ joined: true });
  // One that waits already covers the next.
  expect(await launcher().startBackfill(again)).toMatchObject({ joined: true });
  expect(await countUpdates(handle)).toBe(1);
  gate.open();
  expect(await handle.result()).toMatchObject({ repositories: 4 });
  expect(stubs.calls.filter((call) => call.startsWith('page'))).toHaveLength(4);
});

/** Activities that cannot look this name up, or where it is empty, the repositories of the team. */
function lookingUpAllBut(name: string, errorCode: string): Partial<SyncActivities> {
  const resolve = createStubActivities().sync.resolveRepositories;
  return {
    async resolveRepositories(input) {
      if ((input.repositories[0] ?? '') === name) {
        throw ApplicationFailure.nonRetryable('GitHub does not answer.', errorCode);
      }
      return resolve(input);
    },
  };
}

test.each([
  ['other/gone', 'TRANSIENT', 'other/gone'],
  ['other/gone', 'DATA_REFUSED', 'other/gone'],
  ['', 'GITHUB_NOT_CONNECTED', 'All repositories'],
])(
  'a joined request that cannot be looked up is refused alone, and the next one is read: "%s", %s',
  async (name, errorCode, refused) => {
    const { gate, seen, stubs } = await workAtGate(lookingUpAllBut(name, errorCode));
    const teamId = nextTeam();
    const handle = await startBackfill(world.temporal, teamId, { repositories: ['acme/api'] });
    await seen.passed;
    for (const repositories of [name === '' ? [] : [name], ['acme/third']]) {
      expect(await launcher().startBackfill(request(teamId, { repositories }))).toMatchObject({
        joined: true,
      });
    }
    gate.open();
    expect(await handle.result()).toMatchObject({ outcome: 'PARTIAL', repositories: 2 });
    expect(stubs.calls.filter((call) => call.startsWith('page'))).toHaveLength(2);
    expect(stubs.calls.at(-1)).toBe(
      `closeSyncRun 1 PARTIAL ${refused} could not be looked up: GitHub does not answer.`,
    );
  },
);

test('a first request that cannot be looked up keeps no joined one from being read', async () => {
  const [gate, seen] = [gates.create(), gates.create()];
  const { resolveRepositories } = createStubActivities(
    lookingUpAllBut('other/gone', 'UNAUTHORIZED'),
  ).sync;
  const stubs = createStubActivities({
    async resolveRepositories(input) {
      seen.open();
      await gate.passed;
      return resolveRepositories(input);
    },
  });
  await world.work(stubs);
  const teamId = nextTeam();
  const handle = await startBackfill(world.temporal, teamId, { repositories: ['other/gone'] });
  await seen.passed;
  await launcher().startBackfill(request(teamId, { repositories: ['acme/third'] }));
  gate.open();
  expect(await handle.result()).toMatchObject({ outcome: 'PARTIAL', repositories: 1 });
});
