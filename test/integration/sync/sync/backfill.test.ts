import { afterEach, expect, test } from 'vitest';
import { syncRepositoryWorkflowId } from '../../../../src/contracts/workflow-ids.ts';
import { organisationWithoutDeployments } from '../../../support/github/organisation.ts';
import type { Workers } from '../../../../src/runtime/temporal/worker.ts';
import { createSyncWorld, type SyncWorld } from '../../../support/worlds/sync-world.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const SINCE = new Date('2026-04-01T00:00:00Z');
const source = organisationWithoutDeployments({ seed: 5, now: NOW });
const names = source.repositories.map((repository) => `${repository.owner}/${repository.name}`);

let world: SyncWorld | undefined;
let workers: Workers | undefined;

afterEach(async () => {
  await workers?.stop();
  await world?.close();
  workers = undefined;
  world = undefined;
});

async function open(latencyMs = 0): Promise<SyncWorld> {
  // GitHub's clock starts in the past and goes on: limits lift on it.
  const offset = Date.now() - NOW.getTime();
  world = await createSyncWorld({ source, latencyMs, now: () => new Date(Date.now() - offset) });
  workers = await world.startWorkers();
  return world;
}

function request(of: SyncWorld, changes: { repositories?: string[]; since?: Date } = {}) {
  return {
    teamId: String(of.teamId),
    repositories: changes.repositories ?? names,
    since: (changes.since ?? SINCE).toISOString(),
    requestedBy: null,
  };
}

async function finish(of: SyncWorld, workflowId: string): Promise<unknown> {
  return of.client.workflow.getHandle(workflowId).result();
}

test('twenty starts at once are one run with twenty equal answers', async () => {
  // Slow enough that the run is still going on when the last start arrives.
  const of = await open(500);
  const repositories = names.slice(0, 1);
  const gateways = [of.launcher, of.anotherLauncher(), of.anotherLauncher(), of.anotherLauncher()];
  const answers = await Promise.all(
    Array.from({ length: 5 }, () =>
      gateways.map((gateway) => gateway.startBackfill(request(of, { repositories }))),
    ).flat(),
  );
  expect(new Set(answers.map((answer) => answer.workflowRunId)).size).toBe(1);
  expect(answers.filter((answer) => !answer.joined)).toHaveLength(1);
  await finish(of, answers[0]?.workflowId ?? '');
  const jobs = await of.maintenance.syncRun.findMany({ where: { parentId: null } });
  expect(jobs).toHaveLength(1);
  expect(jobs[0]).toMatchObject({ status: 'COMPLETED', workflowRunId: answers[0]?.workflowRunId });
});

test('a wider request moves `since` of the job and of the repository', async () => {
  const of = await open();
  const [name] = names;
  const first = await of.launcher.startBackfill(request(of, { repositories: [name ?? ''] }));
  const wider = new Date('2026-01-15T00:00:00Z');
  const second = await of.launcher.startBackfill(
    request(of, { repositories: [name ?? ''], since: wider }),
  );
  await finish(of, first.workflowId);
  await finish(of, second.workflowId);
  const repository = await of.maintenance.repository.findFirstOrThrow();
  expect(repository.completeFrom).toEqual(wider);
  const outside = await of.maintenance.pullRequest.count({ where: { updatedAt: { lt: wider } } });
  expect(outside).toBe(0);
  expect(await of.maintenance.pullRequest.count()).toBeGreaterThan(40);
});

async function readWait(of: SyncWorld): Promise<Date | null | undefined> {
  const waiting = await of.maintenance.syncRun.findFirst({
    where: { waitingUntil: { not: null } },
  });
  return waiting?.waitingUntil;
}

test('a secondary limit is waited out by a timer, and nothing is asked meanwhile', async () => {
  const of = await open();
  const repositories = names.slice(0, 1);
  await finish(of, (await of.launcher.startBackfill(request(of, { repositories }))).workflowId);
  of.github.failNext({ retryAfter: 2 }, 1);
  const { workflowId } = await of.launcher.startBackfill(request(of, { repositories }));
  await expect.poll(() => readWait(of)).toBeInstanceOf(Date);
  expect(await finish(of, workflowId)).toMatchObject({ outcome: 'COMPLETED' });
  const repositoryId = String((await of.maintenance.repository.findFirstOrThrow()).id);
  const child = of.client.workflow.getHandle(
    of.launcher.workflowIdOf(syncRepositoryWorkflowId(String(of.teamId), repositoryId)),
  );
  const { events } = await child.fetchHistory();
  expect((events ?? []).some((event) => event.timerFiredEventAttributes)).toBe(true);
  expect(of.github.stats().brokenRules).toEqual([]);
});

test('a limit that GitHub tells in a 200, without a time, is waited out for a minute, and can be cancelled', async () => {
  const of = await open();
  const repositories = names.slice(0, 1);
  await finish(of, (await of.launcher.startBackfill(request(of, { repositories }))).workflowId);
  of.github.failNext(
    { graphqlErrors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] },
    1,
  );
  const { workflowId } = await of.launcher.startBackfill(request(of, { repositories }));
  await expect.poll(() => readWait(of)).toBeInstanceOf(Date);
  expect((await readWait(of))?.getTime()).toBeGreaterThan(Date.now() + 30_000);
  await of.client.workflow.getHandle(workflowId).cancel();
  await expect(finish(of, workflowId)).rejects.toThrow(/cancelled/i);
  const { status } = await of.maintenance.syncRun.findFirstOrThrow({ orderBy: { id: 'desc' } });
  expect(status).toBe('CANCELLED');
});

test('a limit on the very first request is waited out too, and the job goes on', async () => {
  const of = await open();
  of.github.failNext({ retryAfter: 2 }, 1);
  const { workflowId } = await of.launcher.startBackfill(
    request(of, { repositories: names.slice(0, 1) }),
  );
  expect(await finish(of, workflowId)).toMatchObject({ outcome: 'COMPLETED', repositories: 1 });
  expect(of.github.stats().brokenRules).toEqual([]);
});

test('a repository that is another one under the same name keeps its data and is shown as gone', async () => {
  const of = await open();
  const [name] = names;
  const repositories = [name ?? ''];
  await finish(of, (await of.launcher.startBackfill(request(of, { repositories }))).workflowId);
  const stored = await of.maintenance.pullRequest.count();
  of.github.setSource({
    ...source,
    repositories: source.repositories.map((repository) => ({
      ...repository,
      databaseId: repository.databaseId + 1_000_000,
    })),
  });
  const { workflowId } = await of.launcher.startBackfill(request(of, { repositories }));
  await expect(finish(of, workflowId)).rejects.toThrow(/failed/i);
  expect(await of.maintenance.pullRequest.count()).toBe(stored);
  const repository = await of.maintenance.repository.findFirstOrThrow();
  expect(repository.syncState).toBe('GONE');
  expect(repository.syncReason).toMatch(/is another repository on GitHub now/);
});

test('a burst of server errors is tried again until it is over', async () => {
  const of = await open();
  of.github.failNext({ status: 502 }, 2);
  of.github.failNext('reset', 1);
  const { workflowId } = await of.launcher.startBackfill(
    request(of, { repositories: names.slice(0, 1) }),
  );
  expect(await finish(of, workflowId)).toMatchObject({ outcome: 'COMPLETED' });
  expect(of.github.stats().brokenRules).toEqual([]);
});

test('a token that is refused in the middle ends the sync with what to do, and is not used again', async () => {
  const of = await open();
  const repositories = names.slice(0, 1);
  await finish(of, (await of.launcher.startBackfill(request(of, { repositories }))).workflowId);
  of.github.failNext({ status: 401, body: '{"message":"Bad credentials"}' }, 1);
  const asked = of.github.stats().requests.graphql;
  const { workflowId } = await of.launcher.startBackfill(request(of, { repositories }));
  await expect(finish(of, workflowId)).rejects.toMatchObject({ cause: { type: 'UNAUTHORIZED' } });
  expect(of.github.stats().requests.graphql - asked).toBe(1);
  const connection = await of.maintenance.githubConnection.findFirstOrThrow();
  expect(connection.status).toBe('NEEDS_REAUTH');
  expect(connection.statusReason).toMatch(/Give a new one/);
  const sync = await of.maintenance.syncRun.findFirstOrThrow({
    where: { status: 'FAILED', parentId: { not: null } },
  });
  expect(sync.errorMessage).toMatch(/GitHub refuses the token \(401\)/);
});

test('the token is in no history, and in no row in the clear', async () => {
  const of = await open();
  const { workflowId } = await of.launcher.startBackfill(request(of));
  await finish(of, workflowId);
  const histories: unknown[] = [];
  for await (const execution of of.client.workflow.list()) {
    histories.push(await of.client.workflow.getHandle(execution.workflowId).fetchHistory());
  }
  expect(histories.length).toBeGreaterThan(names.length);
  // Payloads are base64 in a history's JSON.
  const text = JSON.stringify(histories).replaceAll(/"data":"([^"]+)"/g, (_, data: string) =>
    Buffer.from(data, 'base64').toString(),
  );
  const rows = await of.maintenance.$queryRaw`SELECT row_to_json(c)::text FROM github_connection c`;
  expect(text).toContain(names[0]);
  expect(`${text}${JSON.stringify(rows)}`).not.toContain('token-of-the-test-world');
});
