import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { textOf, type Sendable } from '../../domain/core/graphql-document.ts';

export type GraphQLClient = ReturnType<typeof createGraphQLClient>;

/** What the gateway refused, in its own sentence. */
export class GatewayError extends Error {}

/** The gateway is away or busy: the same question may be answered in a while. */
class PassingError extends GatewayError {}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string };
  }[];
}

export interface SubscribeOptions<Data> {
  readonly signal: AbortSignal;
  /** Whether an event is the last one: only then the subscription has ended. */
  readonly isLast: (data: Data) => boolean;
  /** Called when a connection is lost, once until events come again. */
  readonly onLost: () => void;
  /** Pauses before the question is asked again; after the last one the client gives up. Events begin them anew. */
  readonly waitsMs?: readonly number[];
}

/** A gateway that restarts is back within a minute; who follows waits for two. */
const WAITS_MS: readonly number[] = [250, 500, 1_000, 2_000, ...Array<number>(24).fill(5_000)];

/** Answers of proxies and gateways that a later request may not get. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const PASSING_CODES: ReadonlySet<string> = new Set(['OVERLOADED', 'DATABASE_UNAVAILABLE']);

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
      throw new PassingError(`The gateway at ${options.url} does not answer.`, { cause: error });
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

    /**
     * The events of a subscription whose every event carries the whole state, until the last one. A connection that is
     * lost, or that the gateway has no place for, is asked for again.
     */
    async *subscribe<Data, Variables>(
      document: Sendable<Data, Variables>,
      variables: Variables,
      { signal, isLast, onLost, waitsMs = WAITS_MS }: SubscribeOptions<Data>,
    ): AsyncGenerator<Data> {
      const body = { query: textOf(document), variables };
      let isReached = false;
      let tries = 0;
      for (;;) {
        try {
          const response = await post(body, 'text/event-stream', signal);
          isReached = true;
          for await (const data of readEvents<Data>(response, signal)) {
            tries = 0;
            yield data;
            if (isLast(data)) {
              return;
            }
          }
        } catch (error) {
          // A gateway that was never there is not waited for.
          if (!(error instanceof PassingError) || !isReached || tries === waitsMs.length) {
            throw error;
          }
        }
        if (tries === 0) {
          onLost();
        }
        await sleep(waitsMs[tries], undefined, { signal });
        tries += 1;
      }
    },
  };
}

/** The events of one connection. @throws PassingError when the connection ends, because the last event ends the reading */
async function* readEvents<Data>(response: Response, signal: AbortSignal): AsyncGenerator<Data> {
  const type = response.headers.get('content-type') ?? '';
  if (!response.ok || response.body === null || !type.startsWith('text/event-stream')) {
    throw await readRefusal(response);
  }
  const events = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  try {
    for await (const { event, data } of events) {
      if (event === 'complete') {
        break;
      }
      if (data !== '') {
        yield unwrap(JSON.parse(data) as Answer<Data>);
      }
    }
  } catch (error) {
    throw error instanceof GatewayError || signal.aborted ? error : lost(error);
  }
  throw lost();
}

function lost(cause?: unknown): PassingError {
  return new PassingError('The connection to the gateway was lost.', { cause });
}

/** What a gateway says instead of events. */
async function readRefusal(response: Response): Promise<GatewayError> {
  const { errors = [] } = await readAnswer<unknown>(response);
  const message = errors[0]?.message ?? `The gateway answered ${response.status}.`;
  return PASSING_STATUSES.has(response.status)
    ? new PassingError(message)
    : new GatewayError(message);
}

async function readAnswer<Data>(response: Response): Promise<Answer<Data>> {
  try {
    return (await response.json()) as Answer<Data>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw lost(error);
    }
    const message = `The gateway answered ${response.status} with what is no JSON.`;
    throw PASSING_STATUSES.has(response.status)
      ? new PassingError(message, { cause: error })
      : new GatewayError(message, { cause: error });
  }
}

function unwrap<Data>(answer: Answer<Data>): Data {
  const [error] = answer.errors ?? [];
  if (error !== undefined) {
    throw PASSING_CODES.has(error.extensions?.code ?? '')
      ? new PassingError(error.message)
      : new GatewayError(error.message);
  }
  if (answer.data === undefined || answer.data === null) {
    throw new GatewayError('The gateway answered without data.');
  }
  return answer.data;
}
