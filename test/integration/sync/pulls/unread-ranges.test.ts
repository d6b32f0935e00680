import { describe, expect, it } from 'vitest';
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
  useContradictingWorlds,
  type Sync,
} from './contradicting-world.ts';
import { times } from './long-pull-requests.ts';

const openWorld = useContradictingWorlds();

const EARLIER = new Date('2025-01-01T00:00:00Z');
const DAY_MS = 24 * 60 * 60 * 1000;
const KINDS = 'SELECT kind FROM sync_run WHERE repository_id IS NOT NULL ORDER BY id';

const BAD_THIRD = new Map([[3, NO_LIST]]);
const BAD_FIRST = new Map([[1, NO_LIST]]);

describe('a range that stays unread', () => {
  it('of a first backfill is read for a week and once after it, and the repository is complete then', async () => {
    const of = await openWorld();
    const set = contradict(of);
    const syncs: Sync[] = [];
    const completeFrom: unknown[] = [];
    for (let hour = 0; hour <= 200; hour += 1) {
      set(BAD_THIRD);
      syncs.push(await sync(of, hour === 0 ? SINCE : null));
      completeFrom.push(...(await of.rows(COMPLETE_FROM)).flat());
      await passHours(of, 1);
    }
    expect(syncs.map(({ status }) => status)).toEqual([
      'PARTIAL',
      ...times(200, () => 'COMPLETED'),
    ]);
    expect(completeFrom).toEqual([...times(168, () => null), ...times(33, () => SINCE)]);
    const far = syncs.flatMap(({ requests }, hour) => (requests === 3 ? [hour] : []));
    expect(far).toEqual([0, 1, 5, 14, 30, 55, 80, 105, 130, 155, 168]);
  });

  it('of a backfill further back is complete after a week, though what is new was read since', async () => {
    const of = await openWorld();
    const set = contradict(of);
    await sync(of, SINCE);
    set(BAD_THIRD);
    expect((await sync(of, EARLIER)).status).toBe('PARTIAL');
    for (let week = 1; week <= 3; week += 1) {
      for (const hours of [80, 120, 1]) {
        await passHours(of, hours);
        set(BAD_THIRD);
        await sync(of);
      }
      set(BAD_THIRD);
      // The same 365 days of a later day.
      const since = new Date(EARLIER.getTime() + week * 8 * DAY_MS);
      expect((await sync(of, since)).status).toBe('COMPLETED');
      expect(await of.rows(COMPLETE_FROM)).toEqual([[EARLIER]]);
    }
  });

  it('is read after its pause also where what is new contradicts itself every second hour', async () => {
    const of = await openWorld();
    const set = contradict(of);
    const syncs: Sync[] = [];
    for (const [hour, bad] of [
      BAD_THIRD,
      BAD_THIRD,
      new Map(),
      BAD_FIRST,
      BAD_FIRST,
      new Map(),
    ].entries()) {
      set(bad);
      syncs.push(await sync(of, hour === 0 ? SINCE : null));
      await passHours(of, 1);
    }
    expect(syncs.map(({ requests }) => requests)).toEqual([3, 3, 1, 1, 1, 3]);
    expect(syncs[3]?.status).toBe('PARTIAL');
    expect(await of.rows(STORED)).toEqual([[60]]);
    expect(await of.rows(OPEN)).toEqual([]);
  });

  it('is still read where another contradiction, of what is new, follows its week', async () => {
    const of = await openWorld();
    const set = contradict(of);
    set(BAD_THIRD);
    await sync(of, SINCE);
    await passHours(of, 200);
    set(BAD_THIRD);
    await sync(of);
    await sync(of);
    of.github.setSource(aSource([...OLD, ...NEW]));
    set(BAD_FIRST);
    expect((await sync(of)).status).toBe('PARTIAL');
    expect(await of.rows('SELECT unread_since FROM dead_letter')).toEqual([[SINCE]]);
  });

  it('is read again for an admin who asks for it while a sync reads it', async () => {
    const of = await openWorld();
    let asks = 0;
    of.onFailpoint(async (failpoint) => {
      if (failpoint === 'before-fetch') {
        asks += 1;
        of.github.failNext(answerWith(NO_LIST));
        await retryAll(of);
      }
    });
    await sync(of, SINCE);
    await sync(of, SINCE);
    expect(asks).toBe(2);
    of.onFailpoint(null);
    expect((await sync(of)).requests).toBe(3);
    expect(await of.rows(OPEN)).toEqual([]);
  });
});

describe('a contradiction whose range nobody knows', () => {
  it('has the repository read again where it was never complete, once the pause is over', async () => {
    const of = await openWorld();
    const set = contradict(of);
    set(BAD_THIRD);
    await sync(of, SINCE);
    await of.scene.sql.query('UPDATE dead_letter SET unread_since = NULL');
    await sync(of);
    await passHours(of, 1);
    await sync(of);
    expect(await of.rows(KINDS)).toEqual([['BACKFILL'], ['INCREMENTAL'], ['BACKFILL']]);
  });

  it('is read as far back as the repository is complete', async () => {
    const of = await openWorld();
    const set = contradict(of);
    await sync(of, SINCE);
    of.github.setSource(aSource([...OLD, ...NEW]));
    set(BAD_FIRST);
    await sync(of);
    await of.scene.sql.query('UPDATE dead_letter SET unread_since = NULL');
    set(new Map());
    await passHours(of, 1);
    expect((await sync(of)).requests).toBe(4);
    expect(await of.rows(STORED)).toEqual([[80]]);
    expect(await of.rows(OPEN)).toEqual([]);
  });
});
