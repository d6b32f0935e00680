import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StreamCut } from '../../../../src/api/core/stream-registry.ts';
import {
  createSyncRunWatch,
  type FollowedSyncRun,
  type SyncRunState,
} from '../../../../src/api/core/sync-run-watch.ts';
import { createTokenLookup } from '../../../../src/api/http/authentication.ts';
import type { Identity } from '../../../../src/db/reads/authentication.ts';
import type { ReadSession } from '../../../../src/db/reads/read-source.ts';
import type { ReadScope } from '../../../../src/db/reads/read-transaction.ts';
import { DomainError } from '../../../../src/domain/core/errors.ts';

const TEAM = 7n;
const POLL_MS = 2_000;
const GAP_MS = 100;
const KEY = { teamId: TEAM, id: 1n };

function identityOf(userId: bigint, teamIds: readonly bigint[] = [TEAM]): Identity {
  return { userId, email: '', name: '', instanceRole: null, teamIds, adminTeamIds: [] };
}

/** Runs whose version the test sets, over a database that only counts. */
function createScene() {
  const scene = {
    version: 'a',
    status: 'RUNNING',
    outage: null as Error | null,
    looks: 0,
    tokenStatements: [] as number[],
    openSessions: 0,
    scopes: [] as ReadScope[],
    /** While it is set, who asks for a token waits for it. */
    tokensWait: null as Promise<void> | null,
    identity: (userId: bigint): Identity | null => identityOf(userId),
    tell: (): void => undefined,
  };
  const open = (scope: ReadScope): ReadSession => {
    scene.openSessions += 1;
    scene.scopes.push(scope);
    return {
      db: {} as ReadSession['db'],
      query: async <Row>() => {
        scene.looks += 1;
        if (scene.outage !== null) {
          throw scene.outage;
        }
        return [{ version: scene.version, status: scene.status, rootId: 1n }] as Row[];
      },
      abort: () => undefined,
      close: async () => {
        scene.openSessions -= 1;
      },
    };
  };
  const watch = createSyncRunWatch({
    reads: { open, noteWrite: async () => undefined },
    changes: {
      async *subscribe(_teamId, _runId, signal) {
        const over = new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve());
        });
        while (!signal.aborted) {
          const told = new Promise<void>((resolve) => {
            scene.tell = resolve;
          });
          await Promise.race([told, over]);
          yield;
        }
      },
    },
    pollMs: POLL_MS,
    lookGapMs: GAP_MS,
    clock: () => performance.now(),
  });
  const lookUp = createTokenLookup(async (hashes) => {
    scene.tokenStatements.push(hashes.length);
    await scene.tokensWait;
    return hashes.map((hash) => scene.identity(BigInt(hash[0] ?? 0)));
  });
  const follow = (user = 1, question = 'q', key = KEY): FollowedSyncRun =>
    watch.follow(key, {
      authenticate: () => lookUp(Uint8Array.of(user)),
      question,
    });
  return { scene, follow };
}

const asText = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

/** Lets what is due happen, and all that follows from it. */
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

async function take(state: Promise<SyncRunState | undefined>): Promise<string | undefined> {
  await settle(GAP_MS);
  const taken = await state;
  await taken?.reads.close();
  return taken?.version;
}

describe('followers of runs', () => {
  const followed: FollowedSyncRun[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    for (const one of followed.splice(0)) {
      one.leave();
    }
    vi.useRealTimers();
  });

  /** So many followers that have seen the first state and wait for the next one. */
  async function wait(
    { follow }: ReturnType<typeof createScene>,
    followers: number,
    key = KEY,
  ): Promise<Promise<SyncRunState | undefined>[]> {
    const some = Array.from({ length: followers }, (_, index) => follow(index + 1, 'q', key));
    followed.push(...some);
    await Promise.all(some.map((one) => take(one.next(null))));
    const next = some.map((one) => one.next('a'));
    // Behind the first look comes one more: what was told before anybody listened is lost.
    await settle(GAP_MS);
    return next;
  }

  it('share one look for their first state, one at their tokens, and one session', async () => {
    const { scene, follow } = createScene();
    const some = Array.from({ length: 50 }, (_, index) => follow(index + 1));
    followed.push(...some);
    const states = some.map((one) => one.next(null));
    await settle();
    const taken = await Promise.all(states);
    expect([scene.looks, scene.tokenStatements, scene.openSessions]).toEqual([1, [50], 1]);
    expect(taken.map((state) => state?.viewer.userId)).toEqual(
      some.map((_, index) => BigInt(index + 1)),
    );
    for (const state of taken.slice(1)) {
      await state?.reads.close();
      await state?.reads.close();
    }
    expect(scene.openSessions).toBe(1);
    await taken[0]?.reads.close();
    expect(scene.openSessions).toBe(0);
  });

  it('that ask for something else have a session of their own', async () => {
    const { scene, follow } = createScene();
    const some = ['q', 'other', 'q'].map((question) => follow(1, question));
    followed.push(...some);
    const states = Promise.all(some.map((one) => one.next(null)));
    await settle();
    const [first, other, same] = await states;
    expect([scene.looks, scene.openSessions]).toEqual([1, 2]);
    await other?.reads.close();
    await first?.reads.close();
    expect(scene.openSessions).toBe(1);
    await same?.reads.close();
    expect(scene.openSessions).toBe(0);
  });

  it('cost one look a run and poll and one statement for all tokens, while nothing changes', async () => {
    const world = createScene();
    const { scene } = world;
    for (const id of [1n, 2n, 3n]) {
      const waiting = await wait(world, 20, { teamId: TEAM, id });
      expect(waiting).toHaveLength(20);
    }
    scene.looks = 0;
    scene.tokenStatements = [];
    await settle(POLL_MS);
    expect([scene.looks, scene.tokenStatements]).toEqual([3, [60]]);
    await settle(3 * POLL_MS);
    expect([scene.looks, scene.tokenStatements]).toEqual([12, [60, 60, 60, 60]]);
    expect(scene.openSessions).toBe(0);
  });

  it('are all told of a change by one look, and looks are never nearer to each other than the gap', async () => {
    const world = createScene();
    const { scene } = world;
    const next = await wait(world, 20);
    scene.looks = 0;
    scene.version = 'b';
    for (let told = 0; told < 10; told += 1) {
      scene.tell();
      await settle(GAP_MS / 10);
    }
    expect(await Promise.all(next.map(take))).toEqual(next.map(() => 'b'));
    expect(scene.looks).toBeLessThanOrEqual(2);
  });

  it('that are busy when a change is told look when they come back', async () => {
    const world = createScene();
    const { scene, follow } = world;
    const one = follow();
    followed.push(one);
    expect(await take(one.next(null))).toBe('a');
    await settle(GAP_MS);
    scene.version = 'b';
    scene.tell();
    await settle(GAP_MS);
    expect(await take(one.next('a'))).toBe('b');
  });

  it('are each told who they have become, or that they are nobody any more', async () => {
    const world = createScene();
    const { scene } = world;
    const next = await wait(world, 3);
    const outcomes = Promise.allSettled(next);
    scene.identity = (userId) =>
      userId === 1n ? null : identityOf(userId, userId === 2n ? [] : [TEAM]);
    // Nothing has changed: whoever may not follow any more learns of it by the poll.
    await settle(POLL_MS);
    scene.version = 'b';
    await settle(POLL_MS);
    expect(await outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'UNAUTHENTICATED' } },
      { status: 'rejected', reason: { code: 'NOT_FOUND' } },
      { status: 'fulfilled', value: { version: 'b', viewer: { userId: 3n } } },
    ]);
  });

  it('outlive a database that is away for a while, and are cut when it stays away', async () => {
    const world = createScene();
    const { scene, follow } = world;
    scene.outage = new DomainError('DATABASE_UNAVAILABLE', 'The database is away.');
    const early = follow();
    followed.push(early);
    const [refused] = await Promise.all([Promise.allSettled([early.next(null)]), settle()]);
    expect(refused).toMatchObject([
      { status: 'rejected', reason: { code: 'DATABASE_UNAVAILABLE' } },
    ]);
    scene.outage = null;
    const [first, second] = await wait(world, 2);
    scene.outage = new DomainError('OVERLOADED', 'The database is busy.');
    await settle(5 * POLL_MS);
    scene.outage = null;
    scene.version = 'b';
    await settle(POLL_MS);
    expect(await Promise.all([first, second].map(async (state) => (await state)?.version))).toEqual(
      ['b', 'b'],
    );
    const cut = Promise.allSettled([followed.at(-1)?.next('b')]);
    scene.outage = new DomainError('OVERLOADED', 'The database is busy.');
    await settle(17 * POLL_MS);
    expect(await cut).toEqual([{ status: 'rejected', reason: expect.any(StreamCut) as unknown }]);
  });

  it('have as long again after each outage', async () => {
    const world = createScene();
    const { scene } = world;
    const [next] = await wait(world, 1);
    const outcome = Promise.allSettled([next]);
    for (let outages = 0; outages < 3; outages += 1) {
      scene.outage = new DomainError('DATABASE_UNAVAILABLE', 'The database is away.');
      await settle(8 * POLL_MS);
      scene.outage = null;
      await settle(POLL_MS);
    }
    scene.version = 'b';
    await settle(POLL_MS);
    expect(await outcome).toMatchObject([{ status: 'fulfilled', value: { version: 'b' } }]);
  });

  it.each([
    ['a database that is away', new DomainError('DATABASE_UNAVAILABLE', 'It is away.'), 'b'],
    ['a look that took too long', new DomainError('LIMIT_EXCEEDED', 'It took too long.'), 'b'],
    ['a defect', new Error('canary'), 'canary'],
  ])(
    'that wait hear of %s only what they must, and no session is left',
    async (_what, outage, heard) => {
      const world = createScene();
      const { scene } = world;
      const [next] = await wait(world, 1);
      const outcome = (next ?? Promise.reject(new Error('nobody waits'))).then(
        (state) => state?.version,
        (error: Error) => error.message,
      );
      scene.outage = outage;
      await settle(2 * POLL_MS);
      expect([scene.openSessions, scene.looks > 2]).toEqual([0, true]);
      scene.outage = null;
      scene.version = 'b';
      await settle(POLL_MS);
      expect(await outcome).toBe(heard);
    },
  );

  it('hold no connection while it is looked up who they are', async () => {
    const world = createScene();
    const { scene } = world;
    let answer = (): void => undefined;
    scene.tokensWait = new Promise((resolve) => {
      answer = resolve;
    });
    const one = world.follow();
    followed.push(one);
    const state = one.next(null);
    await settle(GAP_MS);
    expect([scene.tokenStatements, scene.openSessions]).toEqual([[1], 0]);
    answer();
    expect(await take(state)).toBe('a');
  });

  it('read where all is written, and only what belongs to the team of the run', async () => {
    const world = createScene();
    await wait(world, 2);
    expect(new Set(world.scene.scopes.map((scope) => JSON.stringify(scope, asText)))).toEqual(
      new Set([JSON.stringify({ userId: '0', teamIds: [String(TEAM)], onPrimary: true })]),
    );
  });

  it('that come back while a look is under way are told what it found, and not by the next poll', async () => {
    const world = createScene();
    const { scene, follow } = world;
    const [first, second] = [follow(1), follow(2)];
    followed.push(first, second);
    await Promise.all([first, second].map((one) => take(one.next(null))));
    const early = first.next('a');
    await settle(GAP_MS);
    let answer = (): void => undefined;
    scene.tokensWait = new Promise((resolve) => {
      answer = resolve;
    });
    scene.version = 'b';
    scene.tell();
    await settle(GAP_MS);
    const late = second.next('a');
    answer();
    expect([await take(early), await take(late)]).toEqual(['b', 'b']);
  });

  it('leave nothing behind: no timer, no session, and no wait', async () => {
    const world = createScene();
    const next = await wait(world, 5);
    for (const one of followed.splice(0)) {
      one.leave();
      one.leave();
    }
    expect(await Promise.all(next)).toEqual(next.map(() => undefined));
    await settle();
    expect([vi.getTimerCount(), world.scene.openSessions]).toEqual([0, 0]);
  });
});
