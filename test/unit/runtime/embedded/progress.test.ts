import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { formatElapsed, reportLongStep } from '../../../../src/runtime/embedded/progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it('a step of more than two seconds is reported once a second with the time that went by', async () => {
  const messages: string[] = [];
  let finish = (_value: string): void => undefined;
  const step = reportLongStep(
    (message) => messages.push(message),
    'building',
    () =>
      new Promise<string>((resolve) => {
        finish = resolve;
      }),
  );
  await vi.advanceTimersByTimeAsync(4000);
  finish('done');
  expect(await step).toBe('done');
  await vi.advanceTimersByTimeAsync(4000);
  expect(messages).toStrictEqual(['building … 0:02', 'building … 0:03', 'building … 0:04']);
});

it('a step that fails stops reporting and fails as it did', async () => {
  const messages: string[] = [];
  const step = reportLongStep(
    (message) => messages.push(message),
    'building',
    () => Promise.reject(new Error('no disk')),
  );
  await expect(step).rejects.toThrow('no disk');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(messages).toStrictEqual([]);
});

it.each([
  [0, '0:00'],
  [59_999, '0:59'],
  [61_000, '1:01'],
  [3_600_000, '60:00'],
])('%i ms are %s', (elapsedMs, text) => {
  expect(formatElapsed(elapsedMs)).toBe(text);
});
