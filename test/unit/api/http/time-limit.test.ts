import { expect, it } from 'vitest';
import { beginLife, whileAlive } from '../../../../src/api/http/time-limit.ts';
import { NEVER_MS } from '../../../support/patience.ts';

const waitForever = () => new Promise<never>(() => undefined);

it('answers what the work answers, and listens to nobody afterwards', async () => {
  const request = new AbortController();
  const life = beginLife(request.signal, NEVER_MS);
  const givenUp: unknown[] = [];
  const work = whileAlive(
    life,
    async () => 'done',
    (reason) => givenUp.push(reason),
  );
  await expect(work).resolves.toBe('done');
  life.end();
  request.abort();
  expect([life.signal.aborted, givenUp]).toEqual([false, []]);
});

it('gives the work up when the client has gone, and tells why', async () => {
  const request = new AbortController();
  const life = beginLife(request.signal, NEVER_MS);
  const givenUp: unknown[] = [];
  const working = whileAlive(life, waitForever, (reason) => givenUp.push(reason));
  request.abort();
  await expect(working).rejects.toMatchObject({
    message: expect.stringContaining('client has gone') as string,
  });
  expect(givenUp).toEqual([life.signal.reason]);
  life.end();
});

it('begins nothing for a client that has gone before', async () => {
  const life = beginLife(AbortSignal.abort(), NEVER_MS);
  let hasBegun = false;
  const working = whileAlive(
    life,
    async () => {
      hasBegun = true;
    },
    () => undefined,
  );
  await expect(working).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  expect(hasBegun).toBe(false);
});

it('gives the work up when its time is up, with a code', async () => {
  const life = beginLife(new AbortController().signal, 1);
  await expect(whileAlive(life, waitForever, () => undefined)).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('takes too long') as string,
  });
});
