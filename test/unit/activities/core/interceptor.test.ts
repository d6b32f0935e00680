import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createActivityInterceptor } from '../../../../src/activities/core/interceptor.ts';
import { GitHubFailure } from '../../../../src/github/transport/failures.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** An activity's context, as far as the interceptor looks. */
function aContext(heartbeatTimeoutMs: number | undefined, heartbeatDetails?: unknown) {
  const heartbeat = vi.fn<(details?: unknown) => void>();
  const info = { heartbeatTimeoutMs, heartbeatDetails };
  const warn = vi.fn<(message: string, fields: unknown) => void>();
  const context = { info, heartbeat, log: { warn } } as unknown as Context;
  return { interceptor: createActivityInterceptor(context), heartbeat, warn };
}

describe('every activity', () => {
  it('sends at least two heartbeats a timeout while it runs, and none after', async () => {
    const { interceptor, heartbeat } = aContext(30_000);
    const running = interceptor.execute({}, async () => {
      await new Promise((resolve) => {
        setTimeout(resolve, 95_000);
      });
    });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(heartbeat.mock.calls.length).toBeGreaterThanOrEqual(2);
    await vi.advanceTimersByTimeAsync(65_000);
    await running;
    const sent = heartbeat.mock.calls.length;
    expect(sent).toBeGreaterThanOrEqual(6);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(heartbeat.mock.calls.length).toBe(sent);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('hears of a cancellation within five seconds, however long its timeout is', async () => {
    const { interceptor, heartbeat } = aContext(600_000);
    const running = interceptor.execute({}, async () => {
      await new Promise((resolve) => {
        setTimeout(resolve, 20_001);
      });
    });
    await vi.advanceTimersByTimeAsync(20_001);
    await running;
    expect(heartbeat).toHaveBeenCalledTimes(4);
  });

  it.each([undefined, 0])('without a heartbeat timeout (%s) sends none', async (timeoutMs) => {
    const { interceptor, heartbeat } = aContext(timeoutMs);
    expect(await interceptor.execute('in', (input) => Promise.resolve(`${input} out`))).toBe(
      'in out',
    );
    expect(vi.getTimerCount()).toBe(0);
    expect(heartbeat).not.toHaveBeenCalled();
  });

  it('that fails ends its heartbeats and fails in a known way', async () => {
    const { interceptor } = aContext(30_000);
    const failing = interceptor.execute({}, () =>
      Promise.reject(new GitHubFailure('UNAUTHORIZED', 'Give a new token.')),
    );
    await expect(failing).rejects.toThrow(ApplicationFailure);
    await expect(failing).rejects.toMatchObject({ type: 'UNAUTHORIZED', nonRetryable: true });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves what the database said of itself to the log', async () => {
    const { interceptor, warn } = aContext(undefined);
    const said = Object.assign(new Error("Can't reach database server at db:5432"), {
      code: 'P1001',
    });
    const failing = interceptor.execute({}, () => Promise.reject(said));
    await expect(failing).rejects.toMatchObject({ type: 'DATABASE_UNAVAILABLE' });
    expect(warn.mock.calls).toEqual([['the database could not be used', { reason: said.message }]]);
    const defect = interceptor.execute({}, () => Promise.reject(new TypeError('a defect')));
    await expect(defect).rejects.toThrow(TypeError);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('hands on what its attempts have failed with, whatever ended those between', async () => {
    const conflict = Object.assign(new Error('duplicate key'), { code: '23505' });
    const outage = Object.assign(new Error('shutting down'), { code: '57P01' });
    let left: unknown;
    const attempt = async (error: Error): Promise<unknown> => {
      const { interceptor, heartbeat } = aContext(30_000, left);
      const running = interceptor.execute({}, async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, 6_000);
        });
        throw error;
      });
      const failed = running.catch((failure: unknown) => failure);
      await vi.advanceTimersByTimeAsync(6_000);
      const failure = await failed;
      left = heartbeat.mock.calls.at(-1)?.[0];
      return failure;
    };
    const away = expect.objectContaining({ type: 'DATABASE_UNAVAILABLE' }) as unknown;
    for (const error of [outage, outage, outage, conflict, outage, conflict, outage]) {
      expect(await attempt(error)).toEqual(error === conflict ? conflict : away);
    }
    expect(await attempt(conflict)).toMatchObject({ type: 'DATA_REFUSED', nonRetryable: true });
  });
});
