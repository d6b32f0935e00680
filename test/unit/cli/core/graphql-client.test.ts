import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { compose } from '../../../../src/domain/core/graphql-document.ts';
import { createGraphQLClient } from '../../../../src/cli/core/graphql-client.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function answer(chunks: readonly string[]): Promise<ReturnType<typeof createGraphQLClient>> {
  server = createServer((_request, response) => {
    for (const chunk of chunks) {
      response.write(chunk);
    }
    response.end();
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return createGraphQLClient({ url: `http://127.0.0.1:${port}/graphql`, token: 't' });
}

test('events are read however they are cut into chunks, and pings are passed over', async () => {
  const client = await answer([
    'event: next\nda',
    'ta: {"data":{"n":1}}\n\n:\n\nevent: next\ndata: {"da',
    'ta":{"n":2}}\n\nevent: complete\ndata:\n\nevent: next\ndata: {"data":{"n":3}}\n\n',
  ]);
  const seen: unknown[] = [];
  for await (const event of client.subscribe(
    compose<object, object>(''),
    {},
    new AbortController().signal,
  )) {
    seen.push(event);
  }
  expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
});

test('an error of the API is thrown with its message', async () => {
  const client = await answer(['{"errors":[{"message":"Give a token."}]}']);
  await expect(client.query(compose<object, object>('{ viewer { name } }'), {})).rejects.toThrow(
    'Give a token.',
  );
});

test('an answer that is no GraphQL answer says so', async () => {
  const client = await answer(['{}']);
  await expect(client.query(compose<object, object>('{ viewer { name } }'), {})).rejects.toThrow(
    'answered without data',
  );
});
