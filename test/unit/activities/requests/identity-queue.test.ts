import { describe, expect, it } from 'vitest';
import { createIdentityQueue } from '../../../../src/activities/requests/identity-queue.ts';
import type { Db } from '../../../../src/db/core/client.ts';

/** A database whose transactions only run what they are given, and are counted. */
function aDb() {
  const locks = { open: 0, most: 0 };
  const transaction = { $queryRaw: () => Promise.resolve([{ locked: true }]) };
  const db = {
    $transaction: async (work: (tx: typeof transaction) => Promise<unknown>) => {
      locks.open += 1;
      locks.most = Math.max(locks.most, locks.open);
      try {
        return await work(transaction);
      } finally {
        locks.open -= 1;
      }
    },
  };
  return { db: db as unknown as Db, locks };
}

/** Work that ends when the test lets it. */
function aPiece() {
  let end: (result: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { work: () => promise, end, fail };
}

async function settled(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

describe('the queue of a GitHub identity', () => {
  it('lets one piece of work run after the other, in the order of asking', async () => {
    const { db, locks } = aDb();
    const identityQueue = createIdentityQueue(db, 4);
    const log: string[] = [];
    const piece = (name: string) =>
      identityQueue('user:1', async () => {
        log.push(`${name} begins`);
        await settled();
        log.push(`${name} ends`);
        return name;
      });
    expect(await Promise.all(['a', 'b', 'c'].map(piece))).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
    expect(locks).toEqual({ open: 0, most: 1 });
  });

  it('does not let one identity wait for another', async () => {
    const identityQueue = createIdentityQueue(aDb().db, 4);
    const slow = aPiece();
    const first = identityQueue('user:1', slow.work);
    expect(await identityQueue('user:2', () => Promise.resolve('at once'))).toBe('at once');
    slow.end('late');
    expect(await first).toBe('late');
  });

  it('goes on after a piece that failed, whose error only its own caller gets', async () => {
    const identityQueue = createIdentityQueue(aDb().db, 4);
    const failing = aPiece();
    const first = identityQueue('user:1', failing.work);
    const second = identityQueue('user:1', () => Promise.resolve('fine'));
    failing.fail(new Error('boom'));
    await expect(first).rejects.toThrow('boom');
    expect(await second).toBe('fine');
    expect(await identityQueue('user:1', () => Promise.resolve('again'))).toBe('again');
  });

  it('does not begin work that was cancelled while it waited, and fails with the reason', async () => {
    const cancelled = new AbortController();
    const signals = [undefined, cancelled.signal, undefined];
    const identityQueue = createIdentityQueue(aDb().db, 4, () => signals.shift());
    const slow = aPiece();
    const log: string[] = [];
    const piece = (name: string) => identityQueue('user:1', () => Promise.resolve(log.push(name)));
    const first = identityQueue('user:1', slow.work);
    const second = piece('cancelled').catch(String);
    const third = piece('not cancelled');
    cancelled.abort(new Error('Cancelled on request.'));
    slow.end('done');
    expect(await first).toBe('done');
    expect(await second).toBe('Error: Cancelled on request.');
    await third;
    expect(log).toEqual(['not cancelled']);
  });

  it('lets interactive pieces go first where the process has no slot left', async () => {
    const { db, locks } = aDb();
    const identityQueue = createIdentityQueue(db, 1);
    const slow = aPiece();
    const log: string[] = [];
    const piece = (identity: string, priority: 'INTERACTIVE' | 'BACKGROUND') =>
      identityQueue(
        identity,
        () => {
          log.push(`${priority} ${identity}`);
          return Promise.resolve();
        },
        priority,
      );
    const first = identityQueue('user:1', slow.work);
    const others = [
      piece('user:2', 'BACKGROUND'),
      piece('user:1', 'BACKGROUND'),
      piece('user:3', 'INTERACTIVE'),
      piece('user:1', 'INTERACTIVE'),
    ];
    await settled();
    slow.end('done');
    await Promise.all([first, ...others]);
    expect(log).toEqual([
      'INTERACTIVE user:3',
      'INTERACTIVE user:1',
      'BACKGROUND user:2',
      'BACKGROUND user:1',
    ]);
    expect(locks).toEqual({ open: 0, most: 1 });
  });
});
