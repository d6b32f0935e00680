import { GraphQLError, type ExecutionResult } from 'graphql';
import { isAsyncIterable, processRegularResult, type Plugin } from 'graphql-yoga';
import { STREAM_STATUSES } from '../core/errors.ts';

/**
 * Refuses event streams by an HTTP status before they begin: clients take an error within a stream for its end, and a
 * status tells them whether to ask again. So a stream begins with its first event, and a failure instead of one is
 * answered as JSON. For clients that take no event stream the source is never called.
 */
export function useEventStreams(): Plugin {
  return {
    onResultProcess: async ({ result, resultProcessor, setResult, setResultProcessor }) => {
      if (resultProcessor === undefined && isAsyncIterable(result)) {
        // Dropped without a call: nothing is taken before the first next().
        setResult(NO_STREAM);
        setResultProcessor(processRegularResult, 'application/json');
        return;
      }
      const isStream = resultProcessor !== undefined && resultProcessor !== processRegularResult;
      if (!isStream || Array.isArray(result)) {
        return;
      }
      let answer = result as ExecutionResult;
      if (isAsyncIterable(result)) {
        const events = (result as AsyncIterable<ExecutionResult>)[Symbol.asyncIterator]();
        const first = await events.next();
        if (first.done === true || !isRefusal(first.value)) {
          setResult(resume(first, events));
          return;
        }
        answer = first.value;
        await events.return?.();
      }
      if (isRefusal(answer)) {
        const status = Math.max(...answer.errors.map(statusOf));
        setResult({ ...answer, extensions: { ...answer.extensions, http: { status } } });
        setResultProcessor(processRegularResult, 'application/graphql-response+json');
      }
    },
  };
}

/** For a client that takes no event stream. */
const NO_STREAM: ExecutionResult = {
  errors: [
    new GraphQLError(
      'A subscription is answered as an event stream: send Accept: text/event-stream.',
      {
        extensions: { code: 'BAD_REQUEST' },
      },
    ),
  ],
  extensions: { http: { status: 406 } },
};

type Refusal = ExecutionResult & { readonly errors: readonly GraphQLError[] };

function isRefusal(result: ExecutionResult): result is Refusal {
  return (result.errors?.length ?? 0) > 0 && (result.data ?? null) === null;
}

function statusOf({ extensions }: GraphQLError): number {
  return extensions.http?.status ?? STREAM_STATUSES.get(extensions['code']) ?? 400;
}

/** The events of an iterator whose first result has been taken. */
function resume<Event>(
  first: IteratorResult<Event>,
  rest: AsyncIterator<Event>,
): AsyncIterableIterator<Event> {
  let taken: IteratorResult<Event> | undefined = first;
  const events: AsyncIterableIterator<Event> = {
    [Symbol.asyncIterator]: () => events,
    next: async () => {
      const next = taken ?? rest.next();
      taken = undefined;
      return next;
    },
    return: async () => rest.return?.() ?? { done: true, value: undefined },
  };
  return events;
}

/** A comment of server-sent events, which clients do not show to whoever follows. */
const CLOSING = new TextEncoder().encode(': the gateway is closing, connect again\n\n');

/**
 * The same response, whose stream says that it is cut before it breaks off, so that whoever reads the bytes knows why.
 * What is no event stream is answered as it is.
 */
export function announceCut(response: Response): Response {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!isStream || response.body === null) {
    return response;
  }
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let cut: unknown;
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        if (cut !== undefined) {
          // Hosts give what they have taken to the connection in a later turn, unless it is broken off before.
          await new Promise((resolve) => setTimeout(resolve, 0));
          controller.error(cut);
          return;
        }
        try {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
          } else {
            controller.enqueue(value);
          }
        } catch (error) {
          // An error drops what waits to be read: the comment is taken first.
          cut = error;
          controller.enqueue(CLOSING);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is taken before it is asked for.
    { highWaterMark: 0 },
  );
  const { status, headers } = response;
  return new Response(body, { status, headers });
}
