import { expect, it } from 'vitest';
import { shareReads } from '../../../../src/api/core/shared-reads.ts';
import type { ReadSession } from '../../../../src/db/reads/read-source.ts';

/** Reads of one session that two take, and what became of the session. */
function createScene() {
  const calls: string[] = [];
  const session: ReadSession = {
    db: {} as ReadSession['db'],
    query: async () => [],
    abort: ({ message }) => void calls.push(`abort: ${message}`),
    close: async () => void calls.push('close'),
  };
  const take = shareReads(session, 2);
  return { calls, first: take(), second: take() };
}

it('one who leaves ends no statement that the other waits for, and the last one does', async () => {
  const { calls, first, second } = createScene();
  first.abort(new Error('left'));
  first.abort(new Error('left again'));
  expect(calls).toEqual([]);
  await first.close();
  second.abort(new Error('left as well'));
  expect(calls).toEqual(['abort: left as well']);
});

it('the session ends when both have closed, however often one does', async () => {
  const { calls, first, second } = createScene();
  await first.close();
  await first.close();
  first.abort(new Error('closed already'));
  expect(calls).toEqual([]);
  await second.close();
  expect(calls).toEqual(['close']);
});
