import { afterEach, describe, expect, it } from 'vitest';
import { createConnectionActivities } from '../../../../src/activities/connections/test-connection.ts';
import {
  createAskOnce,
  type GitHubContext,
  type RequestScope,
  type WithQuota,
} from '../../../../src/activities/requests/request-slot.ts';
import { RetryAfter } from '../../../../src/activities/core/retry-after.ts';
import type { GitHub } from '../../../../src/github/client.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { until } from '../../db/scene.ts';
import { openAskingWorld, type AskingWorld } from './asking-world.ts';

const REPOSITORY = { owner: 'acme', name: 'api' };

let world: AskingWorld;

afterEach(() => world.close());

function scope(parts: Partial<RequestScope> = {}): RequestScope {
  const { teamId, connectionId } = world;
  const background = { repositoryId: null, resource: 'graphql', priority: 'BACKGROUND' } as const;
  return { teamId, connectionId, ...background, ...parts };
}

/** Whether a request was answered, or until when it may not be sent. */
type Slot =
  | { readonly ready: true }
  | { readonly ready: false; readonly until: Date; readonly reason: string };

/** One request of the resource. */
async function ask(worker: GitHubContext, at: RequestScope, onSent?: () => void): Promise<Slot> {
  try {
    await worker.withRequestSlot<WithQuota>(at, (github: GitHub) => {
      onSent?.();
      return at.resource === 'core'
        ? github.fetchRepositoryById({ githubId: 77n, knownAs: 'acme/api', etag: null })
        : github.lookUpRepository(REPOSITORY);
    });
    return { ready: true };
  } catch (error) {
    if (error instanceof RetryAfter) {
      return { ready: false, until: error.until, reason: error.message };
    }
    throw error;
  }
}

/** Asks until there is an answer, and waits as a workflow would. */
async function askThrough(worker: GitHubContext, at: RequestScope): Promise<number> {
  for (let waits = 0; ; waits += 1) {
    const slot = await ask(worker, at);
    if (slot.ready) {
      return waits;
    }
    await until(() => Date.now() >= slot.until.getTime());
  }
}

describe('requests of one identity', () => {
  it('are not sent any more when their slot is over', async () => {
    world = await openAskingWorld(aSource([]));
    const worker = world.aWorker();
    const askOnce = createAskOnce(worker, (_, work) => work(AbortSignal.abort()));
    const before = world.fake.stats().requests;
    await expect(ask({ ...worker, withRequestSlot: askOnce }, scope())).rejects.toMatchObject({
      kind: 'TRANSIENT',
      isTooHeavy: false,
    });
    expect(world.fake.stats().requests).toEqual(before);
  });

  it('go out one at a time over all processes, and none while a limit stands', async () => {
    world = await openAskingWorld(aSource([]), { latencyMs: 2 });
    const workers = Array.from({ length: 4 }, () => world.aWorker());
    const requests = Array.from({ length: 48 }, (_, index) => ({
      worker: workers[index % workers.length] as GitHubContext,
      at: scope({
        resource: index % 3 === 0 ? 'core' : 'graphql',
        priority: index % 5 === 0 ? 'INTERACTIVE' : 'BACKGROUND',
        repositoryId: index % 2 === 0 ? null : BigInt(index % 4),
      }),
    }));
    world.fake.failNext({ status: 502, body: '<html>Bad Gateway</html>' });
    await expect(ask(workers[0] as GitHubContext, scope())).rejects.toMatchObject({
      kind: 'TRANSIENT',
    });
    world.fake.failNext({ retryAfter: 1 });
    const first = requests.slice(0, 24).map(({ worker, at }) => askThrough(worker, at));
    await Promise.all(first);
    world.fake.failNext({ retryAfter: 1, status: 429 });
    const second = requests.slice(24).map(({ worker, at }) => askThrough(worker, at));
    const waits = await Promise.all([...first, ...second]);
    expect(waits.filter((count) => count > 0).length).toBeGreaterThan(2);
    const { brokenRules, maxInFlight } = world.fake.stats();
    expect(brokenRules).toEqual([]);
    expect(maxInFlight).toBe(1);
    const [counted] = await world.rows<{ requests: number }>(
      'SELECT sum(requests)::integer AS requests FROM github_spend',
    );
    expect(counted?.requests).toBe(48 + 1 + 2);
  });

  it('let interactive ones go before syncs, in their own process and in others', async () => {
    world = await openAskingWorld(aSource([]), { latencyMs: 150 });
    const [mine, other] = [world.aWorker(), world.aWorker()];
    const sent: string[] = [];
    const background = Array.from({ length: 6 }, (_, index) =>
      ask(index % 2 === 0 ? mine : other, scope(), () => sent.push('background')),
    );
    await until(() => sent.length === 1);
    const interactive = [mine, other].map((worker) =>
      ask(worker, scope({ priority: 'INTERACTIVE' }), () => sent.push('interactive')),
    );
    await Promise.all([...background, ...interactive]);
    // One sync is at work, and one may have been let in already.
    expect(sent.lastIndexOf('interactive')).toBeLessThanOrEqual(3);
    expect(sent).toHaveLength(8);
    expect(world.fake.stats().brokenRules).toEqual([]);
  });

  it('stop at the reserve, which interactive ones may use, and at nothing left for all', async () => {
    world = await openAskingWorld(aSource([]), { limits: { pointsPerHour: 10 } });
    const worker = world.aWorker();
    const answers: Slot[] = [];
    for (let request = 0; request < 12; request += 1) {
      answers.push(await ask(worker, scope()));
    }
    // Nine: the ninth goes out while just the reserve of two is left.
    expect(answers.filter(({ ready }) => ready)).toHaveLength(9);
    expect(answers.at(-1)).toMatchObject({
      ready: false,
      reason: expect.stringContaining('kept for interactive use') as string,
    });
    expect(await ask(worker, scope({ priority: 'INTERACTIVE' }))).toMatchObject({ ready: true });
    expect(await ask(worker, scope({ priority: 'INTERACTIVE' }))).toMatchObject({
      ready: false,
      reason: expect.stringContaining('used up') as string,
    });
    // REST is counted apart.
    expect(await ask(worker, scope({ resource: 'core' }))).toMatchObject({ ready: true });
    expect(world.fake.stats().brokenRules).toEqual([]);
  });
});

describe('a limit', () => {
  it.each([
    [
      'in an answer of status 200',
      { graphqlErrors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] },
      true,
    ],
    [
      '403 with an HTML body and no time',
      { status: 403, body: '<html>secondary rate limit</html>' },
      false,
    ],
    ['429 without a word', { status: 429, body: '' }, false],
  ])(
    '%s that names no time: a minute, then two, and the sentence says so',
    async (_, fault, coreGoesOn) => {
      world = await openAskingWorld(aSource([]));
      const worker = world.aWorker();
      for (const seconds of [60, 120]) {
        world.fake.failNext(fault);
        const slot = await ask(worker, scope());
        expect(slot).toMatchObject({
          ready: false,
          reason: expect.stringContaining('names no time') as string,
        });
        const wait = slot.ready ? 0 : (slot.until.getTime() - Date.now()) / 1000;
        expect(Math.round(wait)).toBe(seconds);
        expect(await ask(worker, scope({ priority: 'INTERACTIVE' }))).toMatchObject({
          ready: false,
        });
        expect((await ask(worker, scope({ resource: 'core' }))).ready).toBe(coreGoesOn);
        await world.scene.sql.query('UPDATE github_quota SET blocked_until = now()');
      }
      expect(world.fake.stats().requests.graphql).toBe(2);
    },
  );
});

describe('a token that is refused', () => {
  it('is asked with once, however many syncs wait for their slot, and says what to do', async () => {
    world = await openAskingWorld(aSource([]));
    const workers = [world.aWorker(), world.aWorker()];
    world.fake.failNext({ status: 401, body: { message: 'Bad credentials' } }, 9);
    const slots = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => ask(workers[index % 2] as GitHubContext, scope())),
    );
    expect(slots.every(({ status }) => status === 'rejected')).toBe(true);
    const [row] = await world.rows('SELECT status, status_reason FROM github_connection');
    expect(row).toEqual({
      status: 'NEEDS_REAUTH',
      status_reason: expect.stringContaining('Give a new one') as string,
    });
    expect(world.fake.stats().requests).toEqual({ rest: 0, graphql: 1 });
  });
});

describe('a page for people in place of JSON', () => {
  const HTML = {
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html>Soon.</html>',
  };

  it('passes where the server has answered in JSON before, and is another server where it has not', async () => {
    world = await openAskingWorld(aSource([]));
    const worker = world.aWorker();
    for (const resource of ['graphql', 'core'] as const) {
      await world.rows('UPDATE github_connection SET identity = NULL');
      world.fake.failNext(HTML);
      await expect(ask(world.aWorker(), scope({ resource }))).rejects.toMatchObject({
        kind: 'UNEXPECTED',
        message: expect.stringContaining("check that it is GitHub's REST root") as string,
      });
      await world.rows(`UPDATE github_connection SET identity = 'github.test/user:1'`);
      world.fake.failNext(HTML);
      await expect(ask(worker, scope({ resource }))).rejects.toMatchObject({ kind: 'TRANSIENT' });
      expect(await ask(worker, scope({ resource }))).toEqual({ ready: true });
    }
  });
});

describe('a limit that names a time beyond reach', () => {
  const FAR = '9999-01-01T00:00:00Z';

  async function openWorker(options: Parameters<typeof openAskingWorld>[1] = {}) {
    world = await openAskingWorld(aSource([]), options);
    const worker = world.aWorker();
    const { testConnection } = createConnectionActivities(worker);
    const [teamId, connectionId] = [String(world.teamId), String(world.connectionId)];
    return { worker, testIt: () => testConnection({ teamId, connectionId }) };
  }

  it('ends when a test of the connection succeeds, without breaking a rule', async () => {
    const { worker, testIt } = await openWorker();
    expect(await testIt()).toMatchObject({ outcome: 'TESTED' });
    const reset = { limit: 5_000, remaining: 0, used: 5_000, cost: 1, resetAt: FAR };
    const { databaseId, name, owner } = aSource([]).repositories[0] ?? {};
    const found = { databaseId, name, owner: { login: owner }, isPrivate: true, isArchived: false };
    const repository = { ...found, isEmpty: false, defaultBranchRef: null };
    const viewer = { login: 'ada', databaseId: 1 };
    world.fake.failNext({ status: 200, body: { data: { rateLimit: reset, repository, viewer } } });
    expect(await ask(worker, scope())).toEqual({ ready: true });
    expect(await ask(worker, scope())).toMatchObject({ ready: false });
    const headers = {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Date.parse(FAR) / 1000),
    };
    world.fake.failNext({ status: 403, headers, body: { message: 'API rate limit exceeded' } });
    expect(await ask(worker, scope({ resource: 'core' }))).toMatchObject({ ready: false });
    expect(await testIt()).toMatchObject({ outcome: 'TESTED', reason: null });
    for (const resource of ['graphql', 'core'] as const) {
      expect(await ask(worker, scope({ resource }))).toEqual({ ready: true });
    }
    expect(world.fake.stats().brokenRules).toEqual([]);
  });

  it('is left as it is where GitHub says that nothing is left', async () => {
    const { worker, testIt } = await openWorker({ limits: { pointsPerHour: 2 } });
    expect(await ask(worker, scope({ resource: 'core', priority: 'INTERACTIVE' }))).toMatchObject({
      ready: true,
    });
    await ask(worker, scope({ resource: 'core', priority: 'INTERACTIVE' }));
    expect(await testIt()).toMatchObject({ outcome: 'NOT_REACHED' });
    expect(world.fake.stats().brokenRules).toEqual([]);
  });

  it('does not end with the test while GitHub asked for a pause, in which nothing is asked', async () => {
    const { worker, testIt } = await openWorker();
    expect(await testIt()).toMatchObject({ outcome: 'TESTED' });
    world.fake.failNext({ retryAfter: 600 });
    const pause = await ask(worker, scope());
    expect(pause).toMatchObject({ ready: false });
    const { requests } = world.fake.stats();
    expect(await testIt()).toMatchObject({ outcome: 'NOT_REACHED' });
    expect(await ask(worker, scope({ resource: 'core', priority: 'INTERACTIVE' }))).toEqual(pause);
    expect(world.fake.stats()).toMatchObject({ requests, brokenRules: [] });
  });

  it('ends with the test once the pause beside it is over', async () => {
    const { worker, testIt } = await openWorker();
    expect(await testIt()).toMatchObject({ outcome: 'TESTED' });
    world.fake.failNext({ retryAfter: 1 });
    const pause = await ask(worker, scope());
    await world.rows(
      `UPDATE github_quota SET blocked_until = now() + interval '2 hours' WHERE resource = 'graphql'`,
    );
    expect(await testIt()).toMatchObject({ outcome: 'NOT_REACHED' });
    await until(() => Date.now() >= (pause.ready ? 0 : pause.until.getTime()));
    expect(await ask(worker, scope())).toMatchObject({ ready: false });
    expect(await testIt()).toMatchObject({ outcome: 'TESTED', reason: null });
    expect(await ask(worker, scope())).toEqual({ ready: true });
    expect(world.fake.stats().brokenRules).toEqual([]);
  });
});
