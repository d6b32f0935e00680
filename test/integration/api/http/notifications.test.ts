import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSyncRunNotifications } from '../../../../src/db/reads/notifications.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { seedRun } from '../sync/seed-sync-run.ts';
import { seedTeam, type SeededTeam } from '../seed-team.ts';
import { eventually } from '../../../support/eventually.ts';

describe('notifications of sync runs', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  let job: string;
  let other: string;

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
    job = await seedRun(world, team, { runId: 'job' });
    other = await seedRun(world, team, { runId: 'other' });
  });

  afterAll(async () => {
    await world?.close();
  });

  const touch = (id: string) =>
    world.sql('UPDATE sync_run SET requests = requests + 1 WHERE id = $1', [id]);

  function open() {
    const errors: Error[] = [];
    const notifications = createSyncRunNotifications({
      connectionString: world.applicationUrl,
      onConnectionError: (error) => errors.push(error),
    });
    return { notifications, errors };
  }

  /** Counts what a follower hears until its signal aborts. */
  function listen(
    notifications: ReturnType<typeof open>['notifications'],
    runId: string,
    signal: AbortSignal,
  ) {
    const heard = { times: 0, ended: false };
    void (async () => {
      for await (const _change of notifications.subscribe(
        BigInt(team.teamId),
        BigInt(runId),
        signal,
      )) {
        heard.times += 1;
      }
      heard.ended = true;
    })();
    return heard;
  }

  it('makes no connection before somebody follows, and one for all who do', async () => {
    const { notifications } = open();
    expect(await world.listeners()).toBe(0);
    const controller = new AbortController();
    const first = listen(notifications, job, controller.signal);
    const second = listen(notifications, job, controller.signal);
    const third = listen(notifications, other, controller.signal);
    // Each is woken once when the connection listens.
    await eventually(() => expect([first.times, second.times, third.times]).toEqual([1, 1, 1]));
    expect(await world.listeners()).toBe(1);
    await touch(job);
    await eventually(() => expect([first.times, second.times, third.times]).toEqual([2, 2, 1]));
    await touch(other);
    await eventually(() => expect([first.times, second.times, third.times]).toEqual([2, 2, 2]));
    controller.abort();
    await eventually(() =>
      expect([first.ended, second.ended, third.ended]).toEqual([true, true, true]),
    );
    expect(notifications.followers()).toBe(0);
    await notifications.close();
    await eventually(async () => expect(await world.listeners()).toBe(0));
  });

  it('listens again after its connection was broken, and wakes everybody then', async () => {
    const { notifications, errors } = open();
    const controller = new AbortController();
    const follower = listen(notifications, job, controller.signal);
    await eventually(() => expect(follower.times).toBe(1));
    expect(await world.listeners('end')).toBe(1);
    await eventually(() => expect(errors).toHaveLength(1));
    await eventually(() => expect(follower.times).toBe(2));
    await touch(job);
    await eventually(() => expect(follower.times).toBe(3));
    controller.abort();
    await notifications.close();
  });

  it('ends its followers when it is closed', async () => {
    const { notifications } = open();
    const follower = listen(notifications, job, new AbortController().signal);
    await eventually(() => expect(follower.times).toBe(1));
    await notifications.close();
    await eventually(() => expect(follower.ended).toBe(true));
  });
});
