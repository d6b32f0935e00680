import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackfillJob } from '../../src/cli/sync/backfill-progress.ts';
import { followBackfill, requestBackfill } from '../../src/cli/sync/backfill.ts';
import { gql } from '../../src/cli/core/graphql.ts';
import { createGraphQLClient, type GraphQLClient } from '../../src/cli/core/graphql-client.ts';
import { mintAccessToken } from '../../src/db/teams/provision.ts';
import { organisationWithoutDeployments } from '../support/github/organisation.ts';
import { startCommand, type RunningCommand } from '../support/processes/command.ts';
import { WORLD_ENCRYPTION_KEY } from '../support/worlds/connected-team.ts';
import { createSyncWorld, type SyncWorld } from '../support/worlds/sync-world.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const source = organisationWithoutDeployments({ seed: 11, now: NOW });
const names = source.repositories.map((repository) => `${repository.owner}/${repository.name}`);

let world: SyncWorld;
let token: string;
let running: RunningCommand[] = [];

beforeAll(async () => {
  world = await createSyncWorld({ source, now: () => NOW, latencyMs: 150 });
  const { id: userId } = await world.maintenance.appUser.findFirstOrThrow();
  token = await mintAccessToken(world.maintenance, {
    userId,
    name: 'test',
    lifetimeMs: 3_600_000,
    now: new Date(),
  });
});
afterAll(async () => {
  await Promise.all(running.map((command) => command.stop('SIGKILL')));
  await world.close();
});

/** One process for the queue that waits on GitHub, one for the others: as in production, where they scale apart. */
const WORKER_QUEUES = ['sync', 'compute,llm'];

function settings(): Record<string, string> {
  return {
    DATABASE_URL: world.database.applicationUrl,
    TEMPORAL_ADDRESS: world.temporal.address,
    TEMPORAL_UI_URL: world.temporal.uiUrl,
    THROUGHLINE_ENCRYPTION_KEY: WORLD_ENCRYPTION_KEY,
    GITHUB_ALLOWED_HOSTS: '127.0.0.1',
    PORT: '0',
  };
}

async function startGateway(): Promise<{ command: RunningCommand; client: GraphQLClient }> {
  const command = startCommand(['gateway'], settings());
  running.push(command);
  const url = await command.line(/The gateway answers at (\S+)/);
  return { command, client: createGraphQLClient({ url, token }) };
}

const QUIET = { update() {}, columns: () => null, done() {}, note() {}, warn() {}, stop() {} };

test('progress comes from the database: it goes on when the gateway is killed and started again', async () => {
  const first = await startGateway();
  const { team } = await first.client.query(gql('{ team(slug: "world") { id } }'), {});
  const request = {
    teamId: team?.id ?? '',
    repositories: names,
    reach: { since: new Date('2026-01-01T00:00:00Z') },
  };

  const job = await requestBackfill(first.client, request);
  expect(job.joined).toBe(false);
  const workers = WORKER_QUEUES.map((queues) =>
    startCommand(['worker'], { ...settings(), WORKER_QUEUES: queues }),
  );
  running.push(...workers);

  const pagesSeen: number[] = [];
  const events = first.client.subscribe(
    gql('subscription ($id: ID!) { syncRunProgress(id: $id) { id status progress { pages } } }'),
    { id: job.id },
    () => false,
  );
  for await (const { syncRunProgress } of events) {
    pagesSeen.push(syncRunProgress.progress.pages);
    if (syncRunProgress.progress.pages >= 2) {
      break;
    }
  }
  const again = await requestBackfill(first.client, request);
  expect(again).toEqual({ ...job, joined: true });
  await first.command.stop('SIGKILL');

  const second = await startGateway();
  const finished = await followBackfill(second.client, job.id, QUIET);
  expect(finished.status).toBe('COMPLETED');
  expect(finished.repositories).toHaveLength(names.length);
  expect(finished.progress.pages).toBeGreaterThan(pagesSeen.at(-1) ?? Number.POSITIVE_INFINITY);
  expect(finished.progress.pullRequestsSeen).toBeGreaterThan(300);

  // The other process has rolled the weeks up, and no mark is left.
  expect(await world.maintenance.weeklyMetrics.count()).toBeGreaterThan(100);
  expect(await world.maintenance.rollupDirty.count()).toBe(0);

  // Each keeps its two connections, whatever gateways take.
  const kept = await world.maintenance.$queryRaw<{ name: string }[]>`
    SELECT application_name AS name FROM pg_stat_activity
    WHERE datname = current_database() GROUP BY application_name HAVING count(*) >= 2`;
  expect(kept.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['throughline worker sync', 'throughline worker llm,compute']),
  );

  await expectReadableInTheUi(finished);
  expect(world.github.stats().brokenRules).toEqual([]);

  // SIGTERM ends a worker in order; its exit code says so.
  await Promise.all(workers.map((worker) => worker.stop()));
  expect(workers.map((worker) => worker.process.exitCode)).toEqual([0, 0]);
  await second.command.stop();
  expect(second.command.process.exitCode).toBe(0);
});

/** The link of the job leads to a page, and the history behind it names what runs in words. */
async function expectReadableInTheUi(job: BackfillJob): Promise<void> {
  const page = await fetch(job.temporalUrl ?? '');
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<html');
  const workflowId = decodeURIComponent(job.temporalUrl?.split('/workflows/')[1] ?? '');
  const api = `${world.temporal.uiUrl}/api/v1/namespaces/default/workflows/${encodeURIComponent(workflowId)}`;
  const described = (await (await fetch(api)).json()) as {
    executionConfig: { userMetadata: { summary: { data: string } } };
    workflowExecutionInfo: { searchAttributes: { indexedFields: Record<string, unknown> } };
  };
  const summary = Buffer.from(described.executionConfig.userMetadata.summary.data, 'base64');
  expect(JSON.parse(summary.toString())).toMatch(
    /^Backfill of \S+\/\S+ and \d more since 2026-01-01 for team 1$/,
  );
  expect(Object.keys(described.workflowExecutionInfo.searchAttributes.indexedFields)).toEqual(
    expect.arrayContaining(['TeamId', 'SyncKind']),
  );
  const history = (await (await fetch(`${api}/history`)).json()) as {
    history: { events: { eventType: string }[] };
  };
  const types = history.history.events.map((event) => event.eventType);
  expect(
    types.some((type) =>
      /ChildWorkflowExecutionCompleted|CHILD_WORKFLOW_EXECUTION_COMPLETED/.test(type),
    ),
  ).toBe(true);
}
