import type { ExecutionResult, GraphQLError } from 'graphql';
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
