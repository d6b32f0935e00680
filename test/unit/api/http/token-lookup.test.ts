import { expect, it } from 'vitest';
import { createTokenLookup } from '../../../../src/api/http/authentication.ts';
import type { Identity } from '../../../../src/db/reads/authentication.ts';
import { eventually } from '../../../support/eventually.ts';
import { NEVER_MS } from '../../../support/patience.ts';

const token = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

function identityOf(hash: Uint8Array): Identity {
  return {
    userId: BigInt(hash[0] ?? 0),
    email: '',
    name: '',
    instanceRole: null,
    teamIds: [],
    adminTeamIds: [],
  };
}

/** A look-up whose statements answer when the test says so. */
function createScene(patienceMs = NEVER_MS) {
  const statements: { readonly asked: number[]; readonly end: (error?: Error) => void }[] = [];
  const lookUp = createTokenLookup(
    (hashes) =>
      new Promise((resolve, reject) => {
        statements.push({
          asked: hashes.map(([byte = 0]) => byte),
          end: (error) =>
            error === undefined
              ? resolve(hashes.map((hash) => (hash[0] === 0 ? null : identityOf(hash))))
              : reject(error),
        });
      }),
    patienceMs,
  );
  return { statements, lookUp };
}

it('tokens that are asked for in one moment share a statement, each with its own answer', async () => {
  const { statements, lookUp } = createScene();
  const answers = Promise.all([1, 0, 2, 1].map((byte) => lookUp(token(byte))));
  await eventually(() => expect(statements).toHaveLength(1));
  statements[0]?.end();
  expect((await answers).map((identity) => identity?.userId ?? null)).toEqual([1n, null, 2n, 1n]);
});

it('tokens that are asked for while a statement runs share the next one: no answer is older than its question', async () => {
  const { statements, lookUp } = createScene();
  const first = lookUp(token(1));
  await eventually(() => expect(statements).toHaveLength(1));
  const later = [lookUp(token(1)), lookUp(token(2))];
  await Promise.resolve();
  expect(statements).toHaveLength(1);
  statements[0]?.end();
  await first;
  await eventually(() => expect(statements[1]?.asked).toEqual([1, 2]));
  statements[1]?.end();
  expect((await Promise.all(later)).map((identity) => identity?.userId)).toEqual([1n, 2n]);
});

it('a statement that hangs holds up nobody else for longer than the patience', async () => {
  const { statements, lookUp } = createScene(1);
  const hanging = lookUp(token(1));
  await eventually(() => expect(statements).toHaveLength(1));
  const later = lookUp(token(2));
  await eventually(() => expect(statements).toHaveLength(2));
  statements[1]?.end();
  expect((await later)?.userId).toBe(2n);
  statements[0]?.end();
  expect((await hanging)?.userId).toBe(1n);
});

it('a statement that fails fails those who asked with it, and nobody after them', async () => {
  const { statements, lookUp } = createScene();
  const failing = Promise.allSettled([lookUp(token(1))]);
  await eventually(() => expect(statements).toHaveLength(1));
  const later = lookUp(token(2));
  statements[0]?.end(new Error('canary'));
  expect(await failing).toMatchObject([{ status: 'rejected', reason: { message: 'canary' } }]);
  await eventually(() => expect(statements).toHaveLength(2));
  statements[1]?.end();
  expect((await later)?.userId).toBe(2n);
});
