import { describe, expect, it } from 'vitest';
import { orWait, RetryAfter } from '../../../../src/activities/requests/retry-after.ts';

const UNTIL = new Date('2026-03-02T10:00:00Z');

describe('work that asks GitHub', () => {
  it('answers what it found', async () => {
    expect(await orWait(Promise.resolve({ next: 'DONE' }))).toEqual({ next: 'DONE' });
  });

  it('answers until when to wait, and why, when GitHub must not be asked', async () => {
    const work = Promise.reject(new RetryAfter(UNTIL, 'The hourly limit is used up'));
    expect(await orWait(work)).toEqual({
      next: 'WAIT',
      until: '2026-03-02T10:00:00.000Z',
      reason: 'The hourly limit is used up',
    });
  });

  it('fails with what else is thrown', async () => {
    const failure = new Error('broken');
    await expect(orWait(Promise.reject(failure))).rejects.toBe(failure);
  });
});
