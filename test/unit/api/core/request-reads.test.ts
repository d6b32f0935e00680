import { expect, it } from 'vitest';
import { createRequestReads } from '../../../../src/api/core/request-reads.ts';
import type { Db } from '../../../../src/db/core/client.ts';
import type { ReadSession } from '../../../../src/db/reads/read-source.ts';

function createSessions() {
  const opened: (ReadSession & { closed: boolean; aborted: Error | null })[] = [];
  const open = (): ReadSession => {
    const session = {
      db: { team: opened.length } as unknown as Db,
      query: () => Promise.resolve([]),
      closed: false,
      aborted: null as Error | null,
      abort: (reason: Error) => {
        session.aborted = reason;
      },
      close: async () => {
        session.closed = true;
      },
    };
    opened.push(session);
    return session;
  };
  return { open, opened };
}

it('joins reads of one moment with equal arguments, and reads a key once', async () => {
  const batches: (readonly [keys: readonly object[], args: unknown])[] = [];
  const read = async (_session: ReadSession, keys: readonly { id: bigint }[], args: object) => {
    batches.push([keys, args]);
    return keys.map((key) => `row ${key.id}`);
  };
  const reads = createRequestReads(createSessions().open);
  const load = (id: bigint, first: bigint) => reads.load(read, { id }, { first });
  expect(await Promise.all([load(1n, 5n), load(2n, 5n), load(1n, 6n), load(1n, 5n)])).toEqual([
    'row 1',
    'row 2',
    'row 1',
    'row 1',
  ]);
  expect(batches).toEqual([
    [[{ id: 1n }, { id: 2n }], { first: 5n }],
    [[{ id: 1n }], { first: 6n }],
  ]);
  await load(2n, 5n);
  expect(batches).toHaveLength(2);
});

it('reads from a new moment after a refresh, and gives the client of that moment', async () => {
  const { open, opened } = createSessions();
  const reads = createRequestReads(open);
  const seen: ReadSession[] = [];
  const read = async (session: ReadSession, keys: readonly object[], _args: undefined) => {
    seen.push(session);
    return keys.map(() => 'row');
  };
  const { db } = reads;
  await reads.load(read, { id: 1 });
  expect(db.team).toBe(0);
  await reads.refresh();
  await reads.load(read, { id: 1 });
  expect(db.team).toBe(1);
  expect('team' in db).toBe(true);
  expect(seen).toEqual(opened);
  expect(opened.map((session) => session.closed)).toEqual([true, false]);
  await reads.close();
  expect(opened.map((session) => session.closed)).toEqual([true, true]);
});

it('ends the session that is open when it is aborted, and each that is opened later', async () => {
  const { open, opened } = createSessions();
  const reads = createRequestReads(open);
  const left = new Error('left');
  reads.abort(left);
  await reads.refresh();
  expect(opened.map(({ aborted }) => aborted)).toEqual([left, left]);
});
