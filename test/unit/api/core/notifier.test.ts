import { expect, it } from 'vitest';
import { createNotifier } from '../../../../src/api/core/notifier.ts';
import { createStreamRegistry } from '../../../../src/api/core/stream-registry.ts';

const FOREVER_MS = 1_000_000;

it('wakes the waiter at a ring, also one that came before', async () => {
  const notifier = createNotifier();
  const { signal } = new AbortController();
  notifier.notify();
  notifier.notify();
  await notifier.wait(FOREVER_MS, signal);
  const waiting = notifier.wait(FOREVER_MS, signal);
  notifier.notify();
  await expect(waiting).resolves.toBeUndefined();
});

it('wakes the waiter after its time, and when the signal aborts, now or before', async () => {
  const notifier = createNotifier();
  const controller = new AbortController();
  await notifier.wait(1, controller.signal);
  const waiting = notifier.wait(FOREVER_MS, controller.signal);
  controller.abort();
  await expect(waiting).resolves.toBeUndefined();
  await expect(notifier.wait(FOREVER_MS, controller.signal)).resolves.toBeUndefined();
});

it('the registry counts streams, refuses what is too many, and ends all', () => {
  const registry = createStreamRegistry(2);
  const first = registry.open();
  const second = registry.open();
  expect(() => registry.open()).toThrow('another subscription');
  first.close();
  first.close();
  expect(registry.active()).toBe(1);
  const third = registry.open();
  registry.endAll();
  expect([second.controller.signal.aborted, third.controller.signal.aborted]).toEqual([true, true]);
  expect(first.controller.signal.aborted).toBe(false);
  expect(() => registry.open()).toThrow('another subscription');
});
