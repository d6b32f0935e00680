import { expect, it } from 'vitest';
import { createUserPlaces } from '../../../../src/db/reads/user-places.ts';
import { eventually } from '../../../support/eventually.ts';
import { NEVER_MS } from '../../../support/patience.ts';

it('each user has so many at a time; those who wait longest come first, and others do not wait', async () => {
  const places = createUserPlaces(2, NEVER_MS);
  const taken: number[] = [];
  const held = await Promise.all([places.take(1n), places.take(1n)]);
  const waiting = [1, 2, 3].map(async (number) => {
    const giveBack = await places.take(1n);
    taken.push(number);
    return giveBack;
  });
  const other = await places.take(2n);
  expect(taken).toEqual([]);
  held[0]?.();
  held[0]?.();
  await eventually(() => expect(taken).toEqual([1]));
  (await waiting[0])?.();
  held[1]?.();
  await eventually(() => expect(taken).toEqual([1, 2, 3]));
  (await waiting[1])?.();
  (await waiting[2])?.();
  other();
  // All have been given back: as many as at first are free.
  const again = await Promise.all([places.take(1n), places.take(1n)]);
  again.forEach((giveBack) => giveBack());
});

it('one that does not come free in time is OVERLOADED, and is not given to who has left', async () => {
  const places = createUserPlaces(1, 1);
  const held = await places.take(1n);
  await expect(places.take(1n)).rejects.toMatchObject({ code: 'OVERLOADED' });
  held();
  (await places.take(1n))();
});
