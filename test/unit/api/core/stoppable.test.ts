import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { stoppable } from '../../../../src/api/core/stoppable.ts';

/** One event, then nothing until `stop` is called; counts how often that was. */
function createSource() {
  const stopped = new AbortController();
  const calls = { stop: 0 };
  async function* events() {
    yield 'first';
    await once(stopped.signal, 'abort');
  }
  const stop = (): void => {
    calls.stop += 1;
    stopped.abort();
  };
  return { events, stop, calls };
}

describe('the events of a generator', () => {
  it('end while the next one is waited for', async () => {
    const { events, stop, calls } = createSource();
    const iterator = stoppable(events(), stop);
    expect(await iterator.next()).toEqual({ done: false, value: 'first' });
    const waiting = iterator.next();
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(calls.stop).toBeGreaterThan(0);
  });

  it('are stopped although none was asked for', async () => {
    const { events, stop, calls } = createSource();
    await stoppable(events(), stop).return?.();
    expect(calls.stop).toBe(1);
  });

  it('are stopped when the generator ends, and when it fails', async () => {
    const { stop, calls } = createSource();
    async function* none(): AsyncGenerator<string, undefined> {}
    for await (const event of stoppable(none(), stop)) {
      throw new Error(`unexpected ${event}`);
    }
    expect(calls.stop).toBe(1);
    async function* failing(): AsyncGenerator<string, undefined> {
      yield 'first';
      throw new Error('canary');
    }
    const iterator = stoppable(failing(), stop);
    await iterator.next();
    await expect(iterator.next()).rejects.toThrow('canary');
    expect(calls.stop).toBe(2);
  });
});
