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
function aContext(heartbeatTimeoutMs: number | undefined) {
  const heartbeat = vi.fn<() => void>();
  const context = { info: { heartbeatTimeoutMs }, heartbeat } as unknown as Context;
  return { interceptor: createActivityInterceptor(context), heartbeat };
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
});
