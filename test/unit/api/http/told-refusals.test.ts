import { expect, it } from 'vitest';
import type { AnsweredOperation } from '../../../../src/api/core/observation.ts';
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
