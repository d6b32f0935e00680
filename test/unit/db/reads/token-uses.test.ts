import { expect, it } from 'vitest';
import { createTokenUseNotes } from '../../../../src/db/reads/token-uses.ts';

/** A database whose statements end when the test says so. */
function createSlowDb() {
  const sent: { hashes: unknown; end: (error?: Error) => void }[] = [];
  const query = (_text: string, hashes: unknown) =>
    new Promise((resolve, reject) => {
      sent.push({ hashes, end: (error) => (error === undefined ? resolve([]) : reject(error)) });
    });
  return { sent, db: { $queryRawUnsafe: query as never } };
}

it('sends one statement at a time, with all tokens that came meanwhile, and none for one that is written', async () => {
  const { sent, db } = createSlowDb();
  const note = createTokenUseNotes(db, () => 0);
  note(['aa']);
  note(['aa', 'bb']);
  note(['cc', 'aa']);
  expect(sent.map(({ hashes }) => hashes)).toEqual(['{aa}']);
  sent[0]?.end();
  await expect.poll(() => sent.length).toBe(2);
  expect(sent[1]?.hashes).toBe('{bb,cc}');
  sent[1]?.end();
  // Only when the second has ended as well is nothing being written.
  await new Promise(setImmediate);
  note(['aa']);
  expect(sent.map(({ hashes }) => hashes)).toEqual(['{aa}', '{bb,cc}', '{aa}']);
});

it('is quiet for a minute after a failure, which nobody hears of', async () => {
  const { sent, db } = createSlowDb();
  let now = 0;
  const note = createTokenUseNotes(db, () => now);
  note(['aa']);
  sent[0]?.end(new Error('cannot execute UPDATE in a read-only transaction'));
  await new Promise(setImmediate);
  now = 59_999;
  note(['aa']);
  expect(sent).toHaveLength(1);
  now = 60_000;
  note(['aa']);
  expect(sent).toHaveLength(2);
});
