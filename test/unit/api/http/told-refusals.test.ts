import { expect, it } from 'vitest';
import type { AnsweredOperation } from '../../../../src/api/core/observation.ts';
import { createByteBudget } from '../../../../src/api/webhooks/byte-budget.ts';
import { createUnreadGateway } from '../../../support/hostile/unread-gateway.ts';

it('a request whose client has gone is told as that, not as a failure of the gateway', async () => {
  const answered: AnsweredOperation[] = [];
  const { handler } = createUnreadGateway({
    doors: { onOperation: (operation) => void answered.push(operation) },
  });
  const client = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      client.abort();
      controller.error(client.signal.reason);
    },
  });
  const init = { method: 'POST', signal: client.signal, body, duplex: 'half' };
  const headers = { 'content-type': 'application/json' };
  await handler
    .fetch(new Request('http://gateway.test/graphql', { ...init, headers }))
    .catch(() => undefined);
  expect(answered.map(({ status }) => status)).toEqual([499]);
});

it('a body for which there is no room is told with the code that is answered', async () => {
  const answered: AnsweredOperation[] = [];
  const { post } = createUnreadGateway({
    doors: {
      heldBytes: createByteBudget(10),
      onOperation: (operation) => void answered.push(operation),
    },
  });
  const variables = { text: 'x'.repeat(200_000) };
  const { status } = await post(JSON.stringify({ query: '{ __typename }', variables }));
  expect(status).toBe(503);
  expect(answered.map((told) => [told.status, ...told.codes])).toEqual([[503, 'OVERLOADED']]);
});
