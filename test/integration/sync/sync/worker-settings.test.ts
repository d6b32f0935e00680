import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createActivityInterceptor } from '../../../../src/activities/core/interceptor.ts';
import { createSecretBox } from '../../../../src/db/core/secret-box.ts';
import { createGitHubConnector } from '../../../../src/github/client.ts';
import {
  createTransport,
  type GitHubTransport,
} from '../../../../src/github/transport/transport.ts';
import { parseConfig } from '../../../../src/runtime/settings/config.ts';
import {
  startWorkers,
  type Workers,
  type WorkersOptions,
} from '../../../../src/runtime/temporal/worker.ts';
import { allow, allowLoopback } from '../../../support/github/github.ts';
import { organisationWithoutDeployments } from '../../../support/github/organisation.ts';
import { PATIENT } from '../../../support/patience.ts';
import { startTestTemporal, type TestTemporal } from '../../../support/temporal/temporal.ts';
import { createSyncWorld, type SyncWorld } from '../../../support/worlds/sync-world.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const source = organisationWithoutDeployments({ seed: 5, now: NOW });
const repositories = source.repositories.slice(0, 1).map(({ owner, name }) => `${owner}/${name}`);

const HOST = /its host 127\.0\.0\.1 is not allowed.*GITHUB_ALLOWED_HOSTS/;
const KEY = /encryption key [0-9a-f]{8}, which is not configured here: THROUGHLINE_ENCRYPTION_KEY/;

type Dependencies = WorkersOptions['dependencies'];

let temporal: TestTemporal;
let world: SyncWorld;
const running: Workers[] = [];
const transports: GitHubTransport[] = [];

beforeAll(async () => {
  temporal = await startTestTemporal();
});

beforeEach(async () => {
  const offset = Date.now() - NOW.getTime();
  world = await createSyncWorld({
    source,
    temporal,
    now: () => new Date(Date.now() - offset),
  });
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((workers) => workers.stop()));
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
  // Databases of the tests have one identity: a workflow that was left would be the next test's.
  await temporal.client.workflow
    .getHandle(world.launcher.workflowIdOf(`backfill:${world.teamId}`))
    .terminate()
    .catch(() => undefined);
  await world.close();
});

afterAll(() => temporal.stop());

/** A worker that has other settings than the others; it is patient for so many tries, one soon after the other. */
async function work(changes: Partial<Dependencies>, tries = 1_000): Promise<void> {
  const transport = createTransport({ allowedHosts: allowLoopback() });
  transports.push(transport);
  running.push(
    await startWorkers({
      temporal: {
        address: temporal.address,
        namespace: temporal.namespace,
        tls: false,
        apiKey: undefined,
      },
      installation: world.installation,
      settings: {
        ...parseConfig({}).worker,
        queues: ['sync', 'compute'],
        workflowBundle: temporal.workflowBundle,
      },
      overrides: {
        interceptors: {
          activity: [
            (context) => ({
              inbound: createActivityInterceptor(context, {
                settingsPatience: { tries, retryMs: 50 },
              }),
            }),
          ],
        },
      },
      answerMs: PATIENT.temporal.answerMs,
      dependencies: {
        db: world.application,
        secrets: world.secrets,
        createGitHub: createGitHubConnector({ transport, now: () => new Date() }),
        concurrentRequests: 3,
        reserve: 0.2,
        directUrl: null,
        now: () => new Date(),
        ...changes,
      },
    }),
  );
}

/** A worker that may not go where GitHub is. */
function otherHosts(): Partial<Dependencies> {
  const transport = createTransport({ allowedHosts: allow('github.example.com') });
  transports.push(transport);
  return { createGitHub: createGitHubConnector({ transport, now: () => new Date() }) };
}

async function otherKeys(): Promise<Partial<Dependencies>> {
  return { secrets: await createSecretBox([Buffer.alloc(32, 9).toString('base64')]) };
}

async function startJob() {
  const { workflowId } = await world.launcher.startBackfill({
    teamId: String(world.teamId),
    repositories,
    since: '2026-05-01T00:00:00.000Z',
    requestedBy: null,
  });
  return temporal.client.workflow.getHandle(workflowId);
}

const CASES = [
  ['GITHUB_ALLOWED_HOSTS', async () => otherHosts(), 'HOST_NOT_ALLOWED', HOST],
  ['the encryption keys', otherKeys, 'UNKNOWN_KEY', KEY],
] as const;

test.each(CASES)(
  'what a worker cannot do by %s is done by another one',
  async (_setting, changes, _code, sentence) => {
    await work(await changes());
    const job = await startJob();
    await expect
      .poll(async () => {
        const { raw } = await job.describe();
        return raw.pendingActivities?.[0]?.lastFailure?.message;
      })
      .toMatch(sentence);
    await work({});
    expect(await job.result()).toMatchObject({ outcome: 'COMPLETED' });
    expect(await world.maintenance.pullRequest.count()).toBeGreaterThan(0);
    expect(world.github.stats().brokenRules).toEqual([]);
  },
);

test.each(CASES)(
  'a job that no worker can do by %s ends with the sentence that names it',
  async (_setting, changes, code, sentence) => {
    await work(await changes(), 3);
    await expect((await startJob()).result()).rejects.toThrow(/failed/i);
    const [job] = await world.maintenance.syncRun.findMany({ where: { parentId: null } });
    expect(job).toMatchObject({ status: 'FAILED', errorCode: code });
    expect(job?.errorMessage).toMatch(sentence);
  },
);
