import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, test } from 'vitest';
import { compose } from '../../../../src/domain/core/graphql-document.ts';
import { GatewayError, type Patience } from '../../../../src/cli/core/asking-again.ts';
import {
  createGraphQLClient,
  type GraphQLClientOptions,
} from '../../../../src/cli/core/graphql-client.ts';

let server: Server | undefined;

/** Where it is asked. */
let served: string;
/** The tokens that were sent. */
let tokens: (string | undefined)[];

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** When the requests came, in milliseconds of no particular beginning. */
let cameAt: number[];
/** The first failures of questions that were asked again. */
let passing: string[];

type Options = Partial<Patience> & Pick<GraphQLClientOptions, 'findAgain'>;

type Ask = (options?: Options) => ReturnType<typeof createGraphQLClient>;

/** A gateway that answers the first request with the first function, and so on; the last one answers all others. */
async function serve(...answers: ((response: ServerResponse) => void)[]): Promise<Ask> {
  [cameAt, passing, tokens] = [[], [], []];
  const rest = [...answers];
  server = createServer(({ headers }, response) => {
    tokens.push(headers.authorization?.replace('Bearer ', ''));
    cameAt.push(performance.now());
    const next = rest.length > 1 ? rest.shift() : rest[0];
    next?.(response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  served = `http://127.0.0.1:${port}/graphql`;
  return (patience) =>
    createGraphQLClient({
      url: served,
      token: 't',
      waitsMs: [0, 0, 0],
      onPassing: ({ message }) => passing.push(message),
      ...patience,
    });
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
  (status: number, message: string, code?: string) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
  };

const event = (n: number): string => `event: next\ndata: {"data":{"n":${n}}}\n\n`;
const COMPLETE = 'event: complete\ndata:\n\n';

/** Follows until the event 3, without pauses. */
async function follow(client: Ask, options: Options = {}) {
  const seen: number[] = [];
  const events = client(options).subscribe(
    compose<{ n: number }, object>(''),
    {},
    ({ n }) => n === 3,
  );
  let failure: unknown = null;
  try {
    for await (const { n } of events) {
      seen.push(n);
    }
  } catch (error) {
    failure = error;
  }
  return { seen, losses: passing.length, failure };
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

  it('is asked of the start that has taken the place of the one that it was asked of, with its token', async () => {
    const client = await serve(
      stream([event(1)], 'cut'),
      refuse(401, 'Send a valid access token.', 'UNAUTHENTICATED'),
      stream([event(3)]),
    );
    // The one that comes up has not said yet who may ask it.
    const found = [null, { url: served, token: 'new' }];
    const findAgain = async () => found.shift() ?? null;
    expect(await follow(client, { findAgain })).toEqual({ seen: [1, 3], losses: 1, failure: null });
    expect(tokens).toEqual(['t', 't', 'new']);
  });

  it('ends when its token is not known any more and nobody knows of another', async () => {
    const unknown = refuse(401, 'Send a valid access token.', 'UNAUTHENTICATED');
    const { seen, failure } = await follow(await serve(stream([event(1)], 'cut'), unknown));
    expect([seen, (failure as Error).message]).toEqual([[1], 'Send a valid access token.']);
    expect(tokens).toHaveLength(2);
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

const ANSWER = (response: ServerResponse): void => void response.end('{"data":{"n":1}}');

const read = (client: Ask, patience: Partial<Patience> = {}) =>
  client(patience).query(compose<{ n: number }, object>('{ n }'), {});

describe('a query', () => {
  it('is asked again while the gateway is away or busy, and says so once', async () => {
    const client = await serve(
      refuse(503, 'The database does not answer.'),
      (response) => response.destroy(),
      (response) => response.end('{"errors":[{"message":"m","extensions":{"code":"OVERLOADED"}}]}'),
      refuse(429, 'Ask again in 0 s.'),
      ANSWER,
    );
    expect(await read(client, { waitsMs: [0, 0, 0, 0] })).toEqual({ n: 1 });
    expect(passing).toEqual(['The database does not answer.']);
  });

  it('is given up when the pauses are used up', async () => {
    const client = await serve(refuse(503, 'The database does not answer.'));
    await expect(read(client)).rejects.toThrow('The database does not answer.');
    expect(cameAt).toHaveLength(4);
  });

  it('is not asked again where the answer stands', async () => {
    const client = await serve(refuse(401, 'Send a valid access token.'));
    await expect(read(client)).rejects.toThrow('Send a valid access token.');
    expect(cameAt).toHaveLength(1);
    expect(passing).toEqual([]);
  });

  it('waits for no gateway that was never there', async () => {
    const client = await serve(ANSWER);
    await new Promise((resolve) => server?.close(resolve));
    await expect(read(client)).rejects.toThrow('does not answer');
    expect(passing).toEqual([]);
  });

  it('ends in its pause when it is stopped', async () => {
    const stopped = new AbortController();
    const client = await serve(refuse(503, 'The server is busy.'));
    const onPassing = (): void => stopped.abort();
    await expect(
      read(client, { signal: stopped.signal, waitsMs: [3_600_000], onPassing }),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is sent once where it must not be repeated', async () => {
    const client = await serve(refuse(503, 'The server is busy.'), ANSWER);
    await expect(client().send(compose<object, object>('mutation { m }'), {})).rejects.toThrow(
      'The server is busy.',
    );
    expect(cameAt).toHaveLength(1);
  });
});

describe('retry-after', () => {
  it.each([429, 503])('of %s is waited for, by queries and subscriptions', async (status) => {
    const busy = (response: ServerResponse): void => {
      response.writeHead(status, { 'retry-after': '1', 'content-type': 'application/json' });
      response.end('{"errors":[{"message":"The server is busy."}]}');
    };
    const asked = await serve(busy, ANSWER);
    await read(asked);
    const betweenQueries = (cameAt[1] ?? 0) - (cameAt[0] ?? 0);
    server?.close();
    await follow(await serve(busy, stream([event(3)])));
    const betweenStreams = (cameAt[1] ?? 0) - (cameAt[0] ?? 0);
    expect(Math.min(betweenQueries, betweenStreams)).toBeGreaterThanOrEqual(990);
  });
});

test.each<[string, (response: ServerResponse) => void, string]>([
  ['an error of the API', refuse(200, 'Give a token.'), 'Give a token.'],
  ['what is no GraphQL answer', (response) => response.end('{}'), 'answered without data'],
  [
    'an answer that breaks off',
    (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"data"', () => response.destroy());
    },
    'The connection to the gateway was lost.',
  ],
])('%s is told in a sentence', async (_what, answer, sentence) => {
  const client = await serve(answer);
  const failing = client().query(compose<object, object>('{ viewer { name } }'), {});
  await expect(failing).rejects.toThrow(sentence);
});
