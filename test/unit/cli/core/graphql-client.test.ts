import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, test } from 'vitest';
import { compose } from '../../../../src/domain/core/graphql-document.ts';
import { createGraphQLClient, GatewayError } from '../../../../src/cli/core/graphql-client.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Client = ReturnType<typeof createGraphQLClient>;

/** A gateway that answers the first request with the first function, and so on; the last one answers all others. */
async function serve(...answers: ((response: ServerResponse) => void)[]): Promise<Client> {
  const rest = [...answers];
  server = createServer((_request, response) => {
    const next = rest.length > 1 ? rest.shift() : rest[0];
    next?.(response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return createGraphQLClient({ url: `http://127.0.0.1:${port}/graphql`, token: 't' });
}

/** Events as a stream, which then completes, is cut, or stays open. */
const stream =
  (chunks: readonly string[], then: 'end' | 'cut' | 'stay' = 'end') =>
  (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const chunk of chunks) {
      response.write(chunk);
    }
    if (then === 'end') {
      response.end();
    } else if (then === 'cut') {
      // What was written is sent first.
      response.write(':\n\n', () => response.destroy());
    }
  };

const refuse =
  (status: number, message: string) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ errors: [{ message }] }));
  };

const event = (n: number): string => `event: next\ndata: {"data":{"n":${n}}}\n\n`;
const COMPLETE = 'event: complete\ndata:\n\n';

/** Follows until the event 3, without pauses. */
async function follow(
  client: Client,
  options: { readonly signal?: AbortSignal; readonly waitsMs?: readonly number[] } = {},
) {
  const seen: number[] = [];
  let losses = 0;
  const events = client.subscribe(
    compose<{ n: number }, object>(''),
    {},
    {
      signal: options.signal ?? new AbortController().signal,
      isLast: ({ n }) => n === 3,
      onLost: () => {
        losses += 1;
      },
      waitsMs: options.waitsMs ?? [0, 0, 0],
    },
  );
  let failure: unknown = null;
  try {
    for await (const { n } of events) {
      seen.push(n);
    }
  } catch (error) {
    failure = error;
  }
  return { seen, losses, failure };
}

describe('a subscription', () => {
  it('reads events however they are cut into chunks, passes over pings, and ends with the last event', async () => {
    const client = await serve(
      stream(
        [
          'event: next\nda',
          'ta: {"data":{"n":1}}\n\n:\n\nevent: next\ndata: {"da',
          `ta":{"n":2}}\n\n${event(3)}${event(4)}`,
        ],
        'stay',
      ),
    );
    expect(await follow(client)).toEqual({ seen: [1, 2, 3], losses: 0, failure: null });
  });

  it('asks again when its connection is cut, closed or completed before the last event', async () => {
    const client = await serve(
      stream([event(1)], 'cut'),
      stream([event(1)], 'end'),
      stream([event(2), COMPLETE]),
      stream([event(3), COMPLETE]),
    );
    expect(await follow(client)).toEqual({ seen: [1, 1, 2, 3], losses: 3, failure: null });
  });

  it('asks again where there is no place for it, and says once that it was lost', async () => {
    const client = await serve(
      stream([event(1)], 'cut'),
      refuse(503, 'The server is busy.'),
      (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>'),
      stream([
        'event: next\ndata: {"errors":[{"message":"m","extensions":{"code":"OVERLOADED"}}]}\n\n',
      ]),
      stream([event(3)]),
    );
    expect(await follow(client, { waitsMs: [0, 0, 0, 0] })).toEqual({
      seen: [1, 3],
      losses: 1,
      failure: null,
    });
  });

  it('gives up with a sentence when the pauses are used up; events begin them anew', async () => {
    const client = await serve(
      stream([event(1)], 'cut'),
      stream([], 'cut'),
      stream([event(2)], 'cut'),
      stream([], 'cut'),
    );
    const { seen, losses, failure } = await follow(client, { waitsMs: [0, 0] });
    expect([seen, losses]).toEqual([[1, 2], 2]);
    expect(failure).toBeInstanceOf(GatewayError);
    expect((failure as Error).message).toBe('The connection to the gateway was lost.');
  });

  it.each([
    ['refuses it', refuse(401, 'Send a valid access token.'), 'Send a valid access token.'],
    [
      'says so in an event',
      stream(['event: next\ndata: {"errors":[{"message":"No such run."}]}\n\n']),
      'No such run.',
    ],
    ['is another server', (response: ServerResponse) => void response.end('<html>'), 'no JSON'],
  ])('ends at once where the gateway %s', async (_how, answer, message) => {
    const { losses, failure } = await follow(await serve(answer));
    expect(losses).toBe(0);
    expect(failure).toBeInstanceOf(GatewayError);
    expect((failure as Error).message).toContain(message);
  });

  it('waits for no gateway that was never there', async () => {
    const client = await serve(refuse(500, ''));
    await new Promise((resolve) => server?.close(resolve));
    const { losses, failure } = await follow(client);
    expect(losses).toBe(0);
    expect((failure as Error).message).toContain('does not answer');
  });

  it('ends when it is stopped, also within a pause', async () => {
    const stopped = new AbortController();
    const client = await serve(stream([event(1)], 'cut'), (response) => {
      response.destroy();
      stopped.abort();
    });
    const { seen, failure } = await follow(client, {
      signal: stopped.signal,
      waitsMs: [0, 3_600_000],
    });
    expect(seen).toEqual([1]);
    expect((failure as Error).name).toBe('AbortError');
  });
});

test('an error of the API is thrown with its message', async () => {
  const client = await serve((response) =>
    response.end('{"errors":[{"message":"Give a token."}]}'),
  );
  await expect(client.query(compose<object, object>('{ viewer { name } }'), {})).rejects.toThrow(
    'Give a token.',
  );
});

test('an answer that is no GraphQL answer says so', async () => {
  const client = await serve((response) => response.end('{}'));
  await expect(client.query(compose<object, object>('{ viewer { name } }'), {})).rejects.toThrow(
    'answered without data',
  );
});

test('an answer that breaks off says that the connection was lost', async () => {
  const client = await serve((response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"data"', () => response.destroy());
  });
  const failing = client.query(compose<object, object>('{ viewer { name } }'), {});
  await expect(failing).rejects.toThrow('The connection to the gateway was lost.');
});
