import { describe, expect, it } from 'vitest';
import { deleteOldSyncRuns } from '../../../../src/db/sync/sync-log.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { SINCE } from '../stage-world.ts';
import { answerWith } from './answered-page.ts';
import {
  COMPLETE_FROM,
  contradict,
  NEW,
  NO_LIST,
  OLD,
  OPEN,
  passHours,
  retryAll,
  STORED,
  sync,
  TOO_MANY,
  useContradictingWorlds,
  type Sync,
} from './contradicting-world.ts';
import { times } from './long-pull-requests.ts';

const openWorld = useContradictingWorlds();

describe('a page of a first backfill that contradicts itself for good', () => {
  it('makes one sync partial, and has its range read after 1 and 4 hours, while what is new is stored hourly', async () => {
    const of = await openWorld();
    const set = contradict(of);
    const syncs: Sync[] = [];
    for (let hour = 0; hour <= 10; hour += 1) {
      of.github.setSource(aSource([...OLD, ...NEW.slice(0, hour)]));
      set(new Map([[3, NO_LIST]]));
      syncs.push(await sync(of, hour === 0 ? SINCE : null));
      expect(await of.rows(STORED)).toEqual([[50 + hour]]);
      await passHours(of, 1);
    }
    expect(syncs.map(({ status }) => status)).toEqual(['PARTIAL', ...times(10, () => 'COMPLETED')]);
    expect(syncs.map(({ requests }) => requests)).toEqual([3, 3, 1, 1, 1, 3, 1, 1, 1, 1, 1]);
    expect(await of.rows(OPEN)).toEqual([['unknown', 'CONTRADICTORY', 3]]);
    expect(await of.rows(COMPLETE_FROM)).toEqual([[null]]);
  });

  it.each([
    [1, 1],
    [3, 5],
    [7, 14],
    [29, 30],
  ])('and heals after %i hours is read whole %i hours after it was met', async (heals, ends) => {
    const of = await openWorld();
    const set = contradict(of);
    set(new Map([[3, NO_LIST]]));
    await sync(of, SINCE);
    // What was met is known by the row itself, also where the sync that met it is deleted meanwhile.
    await withTeam(of.scene.db, of.teamId, async (tx) => {
      const range = { before: new Date(Date.now() + 1_000), after: 0n };
      await tx.$executeRaw`UPDATE sync_run SET status = 'COMPLETED', finished_at = now()`;
      await deleteOldSyncRuns(tx, of.teamId, range);
    });
    for (let hour = 1; hour <= ends; hour += 1) {
      expect(await of.rows(STORED)).toEqual([[50]]);
      await passHours(of, 1);
      set(hour < heals ? new Map([[3, NO_LIST]]) : new Map());
      expect((await sync(of)).status).toBe('COMPLETED');
    }
    expect(await of.rows(STORED)).toEqual([[60]]);
    expect(await of.rows(OPEN)).toEqual([]);
    expect(await of.rows(COMPLETE_FROM)).toEqual([[SINCE]]);
  });

  it('is read at once by a backfill that an admin asks for, and by a retry', async () => {
    const of = await openWorld();
    const set = contradict(of);
    for (const since of [SINCE, SINCE, new Date('2026-03-01T00:00:00Z')]) {
      set(new Map([[3, NO_LIST]]));
      expect((await sync(of, since)).requests).toBe(3);
    }
    expect((await sync(of)).requests).toBe(1);
    await retryAll(of);
    set(new Map());
    expect((await sync(of)).requests).toBe(3);
    expect(await of.rows(STORED)).toEqual([[60]]);
    expect(await of.rows(OPEN)).toEqual([]);
  });

  it('leaves a request of an admin, made during a sync of what is new that meets it too, to the next one', async () => {
    const of = await openWorld();
    const set = contradict(of);
    set(new Map([[3, NO_LIST]]));
    await sync(of, SINCE);
    let asks = 0;
    of.onFailpoint(async (failpoint) => {
      if (failpoint === 'before-fetch') {
        asks += 1;
        of.github.failNext(answerWith(NO_LIST));
        await retryAll(of);
      }
    });
    expect(await sync(of)).toEqual({ status: 'COMPLETED', requests: 1 });
    expect(asks).toBe(1);
    of.onFailpoint(null);
    expect((await sync(of)).requests).toBe(3);
    expect(await of.rows(STORED)).toEqual([[60]]);
    expect(await of.rows(OPEN)).toEqual([]);
  });
});

describe('a page of what is new that contradicts itself for good', () => {
  it('costs one request a sync where it is the first, and is partial once', async () => {
    const of = await openWorld();
    await sync(of, SINCE);
    of.github.setSource(aSource([...OLD, ...NEW]));
    const set = contradict(of);
    const syncs: Sync[] = [];
    for (let hour = 0; hour <= 10; hour += 1) {
      set(new Map([[1, { ...NO_LIST, totalCount: 60 + hour }]]));
      syncs.push(await sync(of));
      await passHours(of, 1);
    }
    expect(syncs.map(({ status }) => status)).toEqual(['PARTIAL', ...times(10, () => 'COMPLETED')]);
    expect(syncs.map(({ requests }) => requests)).toEqual(times(11, () => 1));
    // Also long after its week: the watermark has not moved past what was not shown.
    await passHours(of, 300);
    set(new Map());
    await sync(of);
    expect(await of.rows(STORED)).toEqual([[80]]);
    expect(await of.rows(OPEN)).toEqual([]);
  });

  it('is another one where its reason is, and where a sync between did not meet it', async () => {
    const of = await openWorld();
    const set = contradict(of);
    const ends: unknown[] = [];
    const meet = async (bad: ReadonlyMap<number, object>, since: Date | null = null) => {
      set(bad);
      ends.push((await sync(of, since)).status);
    };
    await meet(new Map([[3, NO_LIST]]), SINCE);
    await meet(new Map([[1, NO_LIST]]));
    await meet(new Map([[1, TOO_MANY]]));
    await meet(new Map([[1, TOO_MANY]]));
    await meet(new Map([[1, NO_LIST]]));
    await meet(new Map());
    await meet(new Map([[1, NO_LIST]]));
    await meet(new Map([[1, NO_LIST]]));
    expect(ends).toEqual([
      'PARTIAL',
      'COMPLETED',
      'PARTIAL',
      'COMPLETED',
      'COMPLETED',
      'COMPLETED',
      'PARTIAL',
      'COMPLETED',
    ]);
    // None of them has read the range again.
    expect(await of.rows(OPEN)).toContainEqual(['unknown', 'CONTRADICTORY', 1]);
    set(new Map());
    await passHours(of, 1);
    await sync(of);
    expect(await of.rows(STORED)).toEqual([[60]]);
    expect(await of.rows(OPEN)).toEqual([]);
  });

  it('has a week of its own where the same is open since before the last week', async () => {
    const of = await openWorld();
    const set = contradict(of);
    set(new Map([[3, NO_LIST]]));
    await sync(of, SINCE);
    await passHours(of, 200);
    set(new Map([[3, NO_LIST]]));
    await sync(of);
    await sync(of);
    of.github.setSource(aSource([...OLD, ...NEW]));
    set(new Map([[1, NO_LIST]]));
    expect((await sync(of)).status).toBe('PARTIAL');
    set(new Map());
    await passHours(of, 1);
    await sync(of);
    // What the old one has hidden is read again with it.
    expect(await of.rows(STORED)).toEqual([[80]]);
    expect(await of.rows(OPEN)).toEqual([]);
  });
});
