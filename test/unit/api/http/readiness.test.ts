import { expect, it } from 'vitest';
import { answerReadiness } from '../../../../src/api/http/readiness.ts';

it('looks at the queues while it looks at the parts: Temporal that hangs is waited for once', async () => {
  let isAsked = false;
  const lookAtParts = async () => {
    await new Promise(setImmediate);
    return { database: true, temporal: isAsked };
  };
  const readQueues = async () => {
    isAsked = true;
    return { sync: 'POLLED', compute: 'POLLED' } as const;
  };
  const answer = await answerReadiness(lookAtParts, { readQueues });
  expect(await answer.json()).toEqual({
    status: 'ready',
    away: [],
    queues: { sync: 'POLLED', compute: 'POLLED' },
    waitsFor: null,
  });
});
