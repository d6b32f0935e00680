/** Talks to the gateway as any front end would. */
export interface GraphQLClient {
  /** @throws Error with the first message of the answer */
  query<Data>(document: string, variables?: Record<string, unknown>): Promise<Data>;
  /** The events of a subscription over server-sent events, until it completes or the signal is aborted. */
  subscribe<Data>(
    document: string,
    variables: Record<string, unknown>,
    signal: AbortSignal,
  ): AsyncGenerator<Data>;
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string }[];
}

export function createGraphQLClient(options: {
  readonly url: string;
  readonly token: string;
}): GraphQLClient {
  async function post(body: unknown, accept: string, signal?: AbortSignal): Promise<Response> {
    return fetch(options.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${options.token}`,
        accept,
      },
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  }
  return {
    async query<Data>(query: string, variables: Record<string, unknown> = {}) {
      const response = await post(
        { query, variables },
        'application/graphql-response+json, application/json',
      );
      return unwrap((await response.json()) as Answer<Data>);
    },

    async *subscribe<Data>(query: string, variables: Record<string, unknown>, signal: AbortSignal) {
      const response = await post({ query, variables }, 'text/event-stream', signal);
      if (response.body === null) {
        throw new Error(`the gateway answered ${response.status} without a body`);
      }
      for await (const event of readEvents(response.body)) {
        if (event.name === 'complete') {
          return;
        }
        if (event.data !== '') {
          yield unwrap(JSON.parse(event.data) as Answer<Data>);
        }
      }
    },
  };
}

function unwrap<Data>(answer: Answer<Data>): Data {
  const [error] = answer.errors ?? [];
  if (error !== undefined) {
    throw new Error(error.message);
  }
  if (answer.data === undefined || answer.data === null) {
    throw new Error('the gateway answered without data');
  }
  return answer.data;
}

interface ServerSentEvent {
  readonly name: string;
  readonly data: string;
}

/** Splits a body into server-sent events; comments (pings) are events without data. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let buffer = '';
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    buffer += decoder.decode(chunk, { stream: true });
    const blocks = buffer.split('\n\n');
    buffer = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const field = (name: string): string =>
        lines
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).trim())
          .join('\n');
      yield { name: field('event'), data: field('data') };
    }
  }
}
