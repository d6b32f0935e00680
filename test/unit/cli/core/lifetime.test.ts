import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import {
  createLifetime,
  untilAborted,
  type ProcessSignals,
} from '../../../../src/cli/core/lifetime.ts';

function createHost(): EventEmitter & ProcessSignals {
  return new EventEmitter() as EventEmitter & ProcessSignals;
}

test.each(['SIGINT', 'SIGTERM'])('%s ends the wait', async (signal) => {
  const host = createHost();
  const lifetime = createLifetime(host, () => undefined);
  const waiting = untilAborted(lifetime.signal);
  host.emit(signal);
  await waiting;
  expect(lifetime.signal.aborted).toBe(true);
});

test('what was opened last is closed first, and a failure is told without keeping the rest open', async () => {
  const host = createHost();
  const reported: string[] = [];
  const closed: string[] = [];
  const lifetime = createLifetime(host, (message) => reported.push(message));
  lifetime.onClose('the first', async () => void closed.push('first'));
  lifetime.onClose('the second', async () => {
    throw new Error('it is stuck');
  });
  lifetime.onClose('the third', async () => void closed.push('third'));
  await lifetime.close();
  expect(closed).toEqual(['third', 'first']);
  expect(reported).toEqual(['the second did not stop cleanly: it is stuck']);
  expect(host.listenerCount('SIGINT')).toBe(0);
});

test('what nobody caught ends the command, and what nobody catches while it closes is told', async () => {
  const host = createHost();
  const reported: string[] = [];
  const lifetime = createLifetime(host, (message) => reported.push(message));
  host.emit('uncaughtException', new Error('the first'));
  await expect(lifetime.crashed).rejects.toThrow('the first');
  lifetime.onClose('a part', async () => {
    host.emit('uncaughtException', new Error('the second'));
  });
  await lifetime.close();
  expect(reported).toEqual(['the second']);
  expect(host.listenerCount('uncaughtException')).toBe(0);
});
