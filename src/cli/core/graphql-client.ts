import { EventSourceParserStream } from 'eventsource-parser/stream';
import { textOf, type Sendable } from '../../domain/core/graphql-document.ts';
import {
  createPauses,
  GatewayError,
  PassingError,
  readRetryAfterMs,
  UnknownTokenError,
  WAITS_MS,
  type Patience,
  type Pauses,
} from './asking-again.ts';

export type GraphQLClient = ReturnType<typeof createGraphQLClient>;

/** The gateway that is asked, by whom, and with how much patience; without one that of the product. */
export interface GraphQLClientOptions extends Partial<Patience>, Gateway {
  /** Where the gateway is by now, which is asked before a question is asked again; null where nobody knows of another. */
  readonly findAgain?: () => Promise<Gateway | null>;
}

/** Where a gateway is, and a token that it knows. */
export interface Gateway {
  readonly url: string;
  readonly token: string;
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string };
  }[];
}

/** Answers of proxies and gateways that a later request may not get. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const UNKNOWN_TOKEN_CODE = 'UNAUTHENTICATED';

const PASSING_CODES: ReadonlySet<string> = new Set(['OVERLOADED', 'DATABASE_UNAVAILABLE']);

/**
 * Talks to the gateway as any front end would. A gateway that has answered once is asked again while it is away or busy.
 * Every method throws GatewayError with a sentence, and AbortError when it is stopped.
 */
export function createGraphQLClient(options: GraphQLClientOptions) {
  const signal = options.signal ?? new AbortController().signal;
  const patience = { waitsMs: WAITS_MS, onPassing: () => undefined, ...options, signal };
  let isReached = false;
  let gateway: Gateway = options;

  async function post(body: unknown, accept: string): Promise<Response> {
    const request = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${gateway.token}`,
        accept,
      },
      body: JSON.stringify(body),
      signal,
    };
    try {
      const response = await fetch(gateway.url, request);
      isReached = true;
      return response;
    } catch (error) {
      if (signal.aborted) {
        throw error;
      }
      throw new PassingError(`The gateway at ${gateway.url} does not answer.`, { cause: error });
    }
  }

  /**
   * Waits until a question may be asked again, of whatever serves by then.
   * @throws what is no passing failure; one of a gateway that was never there is not waited for either
   */
  async function pauseAfter(error: unknown, pauses: Pauses): Promise<void> {
    // A start that takes the place of another has a token of its own, and says so a moment after it listens.
    const isOfAnother = error instanceof UnknownTokenError && options.findAgain !== undefined;
    const passing = isOfAnother ? new PassingError(error.message) : error;
    if (!(passing instanceof PassingError) || !isReached) {
      throw error;
    }
    await pauses.afterFailure(passing);
    gateway = (await options.findAgain?.()) ?? gateway;
  }

  /** Sends a document once: what it does may have been done although its answer is lost. */
  async function send<Data, Variables>(
    document: Sendable<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const response = await post(
      { query: textOf(document), variables },
      'application/graphql-response+json, application/json',
    );
    if (PASSING_STATUSES.has(response.status)) {
      throw await readRefusal(response, signal);
    }
    return unwrap(await readAnswer<Data>(response, signal));
  }

  /** Does again what fails because the gateway is away or busy. @param work may be done twice */
  async function repeat<Result>(work: () => Promise<Result>): Promise<Result> {
    const pauses = createPauses(patience);
    for (;;) {
      try {
        return await work();
      } catch (error) {
        await pauseAfter(error, pauses);
      }
    }
  }

  return {
    send,
    repeat,

    /** Reads. */
    query<Data, Variables>(
      document: Sendable<Data, Variables>,
      variables: Variables,
    ): Promise<Data> {
      return repeat(() => send(document, variables));
    },

    /**
     * The events of a subscription whose every event carries the whole state, until the last one. A connection that is
     * lost, or that the gateway has no place for, is asked for again; events begin the pauses anew.
     * @param isLast whether an event is the last one: only then the subscription has ended
     */
    async *subscribe<Data, Variables>(
      document: Sendable<Data, Variables>,
      variables: Variables,
      isLast: (data: Data) => boolean,
    ): AsyncGenerator<Data> {
      const body = { query: textOf(document), variables };
      const pauses = createPauses(patience);
      for (;;) {
        try {
          const response = await post(body, 'text/event-stream');
          for await (const data of readEvents<Data>(response, signal)) {
            pauses.begin();
            yield data;
            if (isLast(data)) {
              return;
            }
          }
        } catch (error) {
          await pauseAfter(error, pauses);
        }
      }
    },
  };
}

/** The events of one connection. @throws PassingError when the connection ends, because the last event ends the reading */
async function* readEvents<Data>(response: Response, signal: AbortSignal): AsyncGenerator<Data> {
  const type = response.headers.get('content-type') ?? '';
  if (!response.ok || response.body === null || !type.startsWith('text/event-stream')) {
    throw await readRefusal(response, signal);
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

/** What a gateway says instead of an answer. */
async function readRefusal(response: Response, signal: AbortSignal): Promise<GatewayError> {
  const { errors = [] } = await readAnswer<unknown>(response, signal);
  const [error] = errors;
  return error?.extensions?.code === UNKNOWN_TOKEN_CODE
    ? new UnknownTokenError(error.message)
    : refusal(response, error?.message ?? `The gateway answered ${response.status}.`);
}

function refusal({ status, headers }: Response, message: string, cause?: unknown): GatewayError {
  return PASSING_STATUSES.has(status)
    ? new PassingError(message, {
        cause,
        retryAfterMs: readRetryAfterMs(headers.get('retry-after'), Date.now()),
      })
    : new GatewayError(message, { cause });
}

async function readAnswer<Data>(response: Response, signal: AbortSignal): Promise<Answer<Data>> {
  try {
    return (await response.json()) as Answer<Data>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw signal.aborted ? error : lost(error);
    }
    const message = `The gateway answered ${response.status} with what is no JSON.`;
    throw refusal(response, message, error);
  }
}

function unwrap<Data>(answer: Answer<Data>): Data {
  const [error] = answer.errors ?? [];
  if (error !== undefined) {
    if (error.extensions?.code === UNKNOWN_TOKEN_CODE) {
      throw new UnknownTokenError(error.message);
    }
    throw PASSING_CODES.has(error.extensions?.code ?? '')
      ? new PassingError(error.message)
      : new GatewayError(error.message);
  }
  if (answer.data === undefined || answer.data === null) {
    throw new GatewayError('The gateway answered without data.');
  }
  return answer.data;
}
