import { describe, expect, it } from 'vitest';
import { StreamCut } from '../../../../src/api/core/stream-registry.ts';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { createScene, POLL_MS, settle, take, wait } from './sync-run-scene.ts';

describe('followers of runs, while the database cannot be read', () => {
  it('outlive a database that is away for a while, and are cut when it stays away', async () => {
    const world = createScene();
    const { scene, follow } = world;
    scene.outage = new DomainError('DATABASE_UNAVAILABLE', 'The database is away.');
    const early = follow();
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
    const last = follow();
    expect(await take(last.next(null))).toBe('b');
    const cut = Promise.allSettled([last.next('b')]);
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
});
