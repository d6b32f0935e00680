import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  toRedeliverStart,
  toSweepStart,
  toWebhooksStart,
} from '../../../../src/contracts/webhooks.ts';
import { toInstallationId, toTaskQueueName } from '../../../../src/contracts/installation.ts';
import type { WorkflowStart } from '../../../../src/contracts/launcher.ts';
import { createSyncRunNotifications } from '../../../../src/db/reads/notifications.ts';
import { webhookSecretScope } from '../../../../src/db/webhooks/webhook-receivers.ts';
import type {
  GitHubData,
  PullRequestData,
  RepositoryData,
} from '../../../../src/demo/core/github-data.ts';
import { generateOrganisation } from '../../../../src/demo/organisation/organisation.ts';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { createGateway, type Gateway } from '../../../../src/runtime/http/gateway.ts';
import { createNodeHmac } from '../../../../src/runtime/webhooks/node-hmac.ts';
import { startNodeHost, type NodeHost } from '../../../../src/runtime/http/node-host.ts';
import type { Workers } from '../../../../src/runtime/temporal/worker.ts';
import { createSyncWorld, type SyncWorld } from '../../../support/worlds/sync-world.ts';
import { examplesOf, exampleWith } from '../../../support/github/webhook-examples.ts';
import { PATIENT } from '../../../support/patience.ts';

/** Today: GitHub sends deliveries of the last three days again, on the clock that workers have too. */
const NOW = new Date(Math.floor(Date.now() / 1000) * 1000);
const SINCE = new Date(NOW.getTime() - 21 * 86_400_000).toISOString();
const SECRET = 'It is a secret to everybody';
const organisation = generateOrganisation({ seed: 5, now: NOW });
const [generated] = organisation.repositories as readonly [RepositoryData];
/** Three weeks of pull requests, and nothing that a webhook of theirs does not tell of. */
const repository: RepositoryData = {
  ...generated,
  deployments: [],
  releases: [],
  pullRequests: generated.pullRequests.filter(({ createdAt }) => createdAt > SINCE),
};
const NAME = `${repository.owner}/${repository.name}`;
const source: GitHubData = { ...organisation, repositories: [repository] };

let world: SyncWorld;
let workers: Workers;
let gateway: Gateway;
let host: NodeHost;
let hookId: number;
let connectionId: bigint;
/** Null lets the launcher reach Temporal. */
let outage: DomainError | null;
let receivedAgoMs: number;
let closeNotifications: () => Promise<void>;

beforeEach(async () => {
  outage = null;
  receivedAgoMs = 0;
  world = await createSyncWorld({ source });
  workers = await world.startWorkers();
  const { teamId, secrets, maintenance, launcher } = world;
  ({ id: connectionId } = await maintenance.githubConnection.findFirstOrThrow());
  await maintenance.githubConnection.updateMany({
    data: {
      webhookSecret: await secrets.seal(SECRET, webhookSecretScope(teamId, connectionId)),
    },
  });
  const syncRunChanges = createSyncRunNotifications({
    connectionString: world.database.applicationUrl,
    onConnectionError: () => undefined,
  });
  closeNotifications = () => syncRunChanges.close();
  const quiet = () => undefined;
  gateway = createGateway({
    createHmac: createNodeHmac,
    db: world.application,
    secrets,
    syncRunChanges,
    githubReserve: 0.2,
    graphiql: false,
    deadlines: PATIENT,
    launcher: {
      ...launcher,
      signalWebhooks: async (connection) => {
        if (outage !== null) {
          throw outage;
        }
        await launcher.signalWebhooks(connection);
      },
    },
    logger: { info: quiet, warn: quiet, error: quiet },
    now: () => new Date(Date.now() - receivedAgoMs),
  });
  host = await startNodeHost({ fetch: gateway.fetch, host: '127.0.0.1', port: 0, onError: quiet });
  hookId = world.github.hooks.add({
    repository: NAME,
    url: `${host.url}/webhooks/github/${connectionId}`,
    secret: SECRET,
  });
  const backfill = await launcher.startBackfill({
    teamId: String(teamId),
    repositories: [NAME],
    requestedBy: null,
    since: SINCE,
  });
  await world.client.workflow.getHandle(backfill.workflowId).result();
});

afterEach(async () => {
  await host.close();
  await gateway.dispose();
  await closeNotifications();
  await workers.stop();
  await world.close();
});

const ids = { repository: { id: repository.databaseId } };

/** A pull request that is open now, and how the repository looks once it is merged. */
function mergeNow(): { readonly pull: PullRequestData; readonly merged: GitHubData } {
  const at = NOW.toISOString().replace('.000', '');
  const pull = repository.pullRequests.find(
    ({ createdAt, closedAt, mergedAt }) =>
      createdAt < at && createdAt > SINCE && (closedAt ?? '9') > at && (mergedAt ?? '9') > at,
  );
  if (pull === undefined) {
    throw new Error('no pull request of the organisation is open');
  }
  const done = {
    ...pull,
    mergedAt: at,
    closedAt: at,
    mergedBy: organisation.viewer,
    openedAsDraft: false,
    mergeCommitOid: 'c'.repeat(40),
    updatedAt: at,
  };
  const pullRequests = repository.pullRequests.map((one) =>
    one.number === pull.number ? done : one,
  );
  return { pull, merged: { ...source, repositories: [{ ...repository, pullRequests }] } };
}

const deliver = (pull: PullRequestData, options = {}) =>
  world.github.hooks.deliver(
    hookId,
    'pull_request',
    exampleWith('pull_request', 'closed', {
      ...ids,
      number: pull.number,
      pull_request: { number: pull.number, title: 'not what is stored' },
    }),
    options,
  );

const statesOf = async (): Promise<string[]> =>
  (await world.maintenance.webhookDelivery.findMany()).map(({ state }) => state).toSorted();

const untilDone = (states: readonly string[]) => expect.poll(statesOf).toEqual(states);

async function mergedInWeeks(): Promise<number> {
  const rows = await world.maintenance.$queryRaw<{ merged: number }[]>`
    SELECT coalesce(sum(pull_requests_merged), 0)::integer AS merged FROM weekly_metrics`;
  return rows[0]?.merged ?? 0;
}

const run = ({ workflowType, workflowId, taskQueue, input }: WorkflowStart) =>
  world.client.workflow.execute(workflowType, {
    workflowId: toInstallationId(world.installation, workflowId),
    taskQueue: toTaskQueueName(world.installation, taskQueue),
    args: [input],
  });

const brokenRules = () => world.github.stats().brokenRules;

test('a merge that a webhook tells of moves the number of its week, and twenty repeats move nothing more', async () => {
  const before = await mergedInWeeks();
  const { pull, merged } = mergeNow();
  world.github.setSource(merged);
  expect((await deliver(pull)).statusCode).toBe(202);
  await expect.poll(mergedInWeeks).toBe(before + 1);
  const stored = await world.maintenance.pullRequest.findFirstOrThrow({
    where: { number: pull.number },
  });
  expect(stored).toMatchObject({ state: 'MERGED', title: pull.title });
  await Promise.all(Array.from({ length: 20 }, () => deliver(pull)));
  await untilDone(Array.from({ length: 21 }, () => 'PROCESSED'));
  const key = { teamId: String(world.teamId), connectionId: String(connectionId) };
  await world.client.workflow
    .getHandle(world.launcher.workflowIdOf(toWebhooksStart(key).workflowId))
    .result();
  expect(await mergedInWeeks()).toBe(before + 1);
  expect(
    await world.maintenance.pullRequest.findFirstOrThrow({ where: { number: pull.number } }),
  ).toEqual(stored);
  expect(brokenRules()).toEqual([]);
});

test('what arrives while Temporal is away is stored, and done by the sweep', async () => {
  outage = new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal is away.');
  receivedAgoMs = 120_000;
  const before = await mergedInWeeks();
  const { pull, merged } = mergeNow();
  world.github.setSource(merged);
  expect((await deliver(pull)).statusCode).toBe(202);
  expect(await statesOf()).toEqual(['RECEIVED']);
  expect(await run(toSweepStart())).toEqual({ connections: 1 });
  await untilDone(['PROCESSED']);
  await expect.poll(mergedInWeeks).toBe(before + 1);
});

test('what GitHub could not deliver is asked for once, and done', async () => {
  const { pull, merged } = mergeNow();
  await world.github.hooks.deliver(hookId, 'star', exampleWith('star', undefined, ids));
  world.github.setSource(merged);
  const lost = await deliver(pull, { arrives: false });
  expect(await run(toRedeliverStart())).toEqual({ redelivered: 1, skipped: [] });
  await untilDone(['IGNORED', 'PROCESSED']);
  const { deliveryId } = await world.maintenance.webhookDelivery.findFirstOrThrow({
    where: { state: 'PROCESSED' },
  });
  expect(deliveryId).toBe(lost.guid);
  expect(await run(toRedeliverStart())).toEqual({ redelivered: 0, skipped: [] });
  expect(brokenRules()).toEqual([]);
});

test('a rename, an archive and a deletion are in the row of the repository, with what an admin needs', async () => {
  const deliverEvent = async (action: string, changed: readonly RepositoryData[]) => {
    world.github.setSource({ ...source, repositories: changed });
    const body = exampleWith('repository', undefined, { ...ids, action });
    await world.github.hooks.deliver(hookId, 'repository', body);
    const done = await world.maintenance.webhookDelivery.count();
    await untilDone(Array.from({ length: done }, () => 'PROCESSED'));
    return world.maintenance.repository.findFirstOrThrow();
  };
  const renamed = { ...repository, name: 'renamed' };
  expect(await deliverEvent('renamed', [renamed])).toMatchObject({
    name: 'renamed',
    syncState: 'ACTIVE',
  });
  expect(await deliverEvent('archived', [{ ...renamed, isArchived: true }])).toMatchObject({
    syncState: 'ARCHIVED',
    isArchived: true,
  });
  const gone = await deliverEvent('deleted', []);
  expect(gone.syncState).toBe('GONE');
  expect(gone.syncReason).toMatch(/deleted.+\.$/);
});

test('an event of a repository that is not synced is kept with what to do', async () => {
  await world.github.hooks.deliver(hookId, 'pull_request', examplesOf('pull_request')[0] ?? {});
  await untilDone(['IGNORED']);
  const { reason } = await world.maintenance.webhookDelivery.findFirstOrThrow();
  expect(reason).toContain('start a backfill');
});

test('a rate limit is waited out by a timer, and a refused token fails deliveries with its sentence', async () => {
  const { pull, merged } = mergeNow();
  world.github.setSource(merged);
  world.github.failNext({ retryAfter: 2 }, 1);
  await deliver(pull);
  await untilDone(['PROCESSED']);
  const key = { teamId: String(world.teamId), connectionId: String(connectionId) };
  const handle = world.client.workflow.getHandle(
    world.launcher.workflowIdOf(toWebhooksStart(key).workflowId),
  );
  const { events } = await handle.fetchHistory();
  expect((events ?? []).some((event) => event.timerFiredEventAttributes)).toBe(true);
  world.github.failNext({ status: 401 }, 1);
  await deliver(pull);
  await untilDone(['FAILED', 'PROCESSED']);
  const { reason } = await world.maintenance.webhookDelivery.findFirstOrThrow({
    where: { state: 'FAILED' },
  });
  expect(reason).toContain('refuses the token');
  expect(brokenRules()).toEqual([]);
});
