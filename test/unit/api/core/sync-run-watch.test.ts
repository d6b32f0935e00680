import { describe, expect, it, vi } from 'vitest';
import {
  createScene,
  GAP_MS,
  identityOf,
  POLL_MS,
  settle,
  take,
  TEAM,
  wait,
} from './sync-run-scene.ts';

const asText = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

describe('followers of runs', () => {
  it('share one look for their first state, one at their tokens, and one session', async () => {
    const { scene, follow } = createScene();
    const some = Array.from({ length: 50 }, (_, index) => follow(index + 1));
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

  it('hold no connection while it is looked up who they are', async () => {
    const world = createScene();
    const { scene } = world;
    let answer = (): void => undefined;
    scene.tokensWait = new Promise((resolve) => {
      answer = resolve;
    });
    const one = world.follow();
    const state = one.next(null);
    await settle(GAP_MS);
    expect([scene.tokenStatements, scene.openSessions]).toEqual([[1], 0]);
    answer();
    expect(await take(state)).toBe('a');
  });

  it('read where all is written, and only what belongs to the team of the run', async () => {
    const world = createScene();
    expect(await wait(world, 2)).toHaveLength(2);
    expect(new Set(world.scene.scopes.map((scope) => JSON.stringify(scope, asText)))).toEqual(
      new Set([JSON.stringify({ userId: '0', teamIds: [String(TEAM)], onPrimary: true })]),
    );
  });

  it('that come back while a look is under way are told what it found, and not by the next poll', async () => {
    const world = createScene();
    const { scene, follow } = world;
    const [first, second] = [follow(1), follow(2)];
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
    world.leaveAll();
    world.leaveAll();
    expect(await Promise.all(next)).toEqual(next.map(() => undefined));
    await settle();
    expect([vi.getTimerCount(), world.scene.openSessions]).toEqual([0, 0]);
  });
});
