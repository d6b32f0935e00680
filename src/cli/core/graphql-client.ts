import { EventSourceParserStream } from 'eventsource-parser/stream';
import { textOf, type Sendable } from '../../domain/core/graphql-document.ts';

export type GraphQLClient = ReturnType<typeof createGraphQLClient>;

/** What the gateway refused, in its own sentence. */
export class GatewayError extends Error {}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string }[];
}

/** Talks to the gateway as any front end would. Every method throws GatewayError with a sentence. */
export function createGraphQLClient(options: { readonly url: string; readonly token: string }) {
  async function post(body: unknown, accept: string, signal?: AbortSignal): Promise<Response> {
    const request = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${options.token}`,
        accept,
      },
      body: JSON.stringify(body),
      signal: signal ?? null,
    };
    try {
      return await fetch(options.url, request);
    } catch (error) {
      if (signal?.aborted === true) {
        throw error;
      }
      throw new GatewayError(`The gateway at ${options.url} does not answer.`, { cause: error });
    }
  }
  return {
    async query<Data, Variables>(
      document: Sendable<Data, Variables>,
      variables: Variables,
    ): Promise<Data> {
      const response = await post(
        { query: textOf(document), variables },
        'application/graphql-response+json, application/json',
      );
      return unwrap(await readAnswer<Data>(response));
    },

    /** The events of a subscription over server-sent events, until it completes or the signal is aborted. */
    async *subscribe<Data, Variables>(
      document: Sendable<Data, Variables>,
      variables: Variables,
      signal: AbortSignal,
    ): AsyncGenerator<Data> {
      const query = textOf(document);
      const response = await post({ query, variables }, 'text/event-stream', signal);
      if (response.body === null) {
        throw new GatewayError(`The gateway answered ${response.status} without a body.`);
      }
      const events = response.body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      for await (const { event, data } of events) {
        if (event === 'complete') {
          return;
        }
        if (data !== '') {
          yield unwrap(JSON.parse(data) as Answer<Data>);
        }
      }
    },
  };
}

async function readAnswer<Data>(response: Response): Promise<Answer<Data>> {
  try {
    return (await response.json()) as Answer<Data>;
  } catch (error) {
    throw new GatewayError(`The gateway answered ${response.status} with what is no JSON.`, {
      cause: error,
    });
  }
}

function unwrap<Data>(answer: Answer<Data>): Data {
  const [error] = answer.errors ?? [];
  if (error !== undefined) {
    throw new GatewayError(error.message);
  }
  if (answer.data === undefined || answer.data === null) {
    throw new GatewayError('The gateway answered without data.');
  }
  return answer.data;
}
