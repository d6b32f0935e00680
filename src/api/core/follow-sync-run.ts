import type { GraphQLResolveInfo } from 'graphql';
import type { Identity } from '../../db/reads/authentication.ts';
import type { RowKey } from '../../db/reads/rows-by-key.ts';
import { visibleTeamId, type ApiContext } from './context.ts';
import { notFound } from './errors.ts';
import type { RequestReads } from './request-reads.ts';
import { stoppable } from './stoppable.ts';
import { StreamCut } from './stream-registry.ts';

/** One state of a run. The event owns its reads: whoever answers it reads from there and closes it. */
export interface SyncRunEvent {
  readonly key: RowKey;
  /** Whoever the token belongs to at the moment of the event. */
  readonly viewer: Identity;
  readonly reads: RequestReads;
}

/**
 * Follows a run: its state at once, then each change, until it has ended, the client has gone or the process drains.
 * Nothing is taken before the first next(), because a source may be dropped without any call; what is taken then is
 * given back when the request's signal aborts, although nobody calls.
 * @returns events; a StreamCut is thrown where the client is to ask again
 * @throws DomainError NOT_FOUND, and from next() UNAUTHENTICATED, NOT_FOUND, OVERLOADED, DATABASE_UNAVAILABLE
 */
export function followSyncRun(
  context: ApiContext,
  key: RowKey,
  info: GraphQLResolveInfo,
): AsyncIterableIterator<SyncRunEvent> {
  if (visibleTeamId(context, key.teamId) !== key.teamId) {
    throw notFound('sync run');
  }
  let stop = (): void => undefined;
  return stoppable(
    readStates(context, key, questionOf(info), (ending) => {
      stop = ending;
    }),
    () => stop(),
  );
}

async function* readStates(
  context: ApiContext,
  key: RowKey,
  question: string,
  onTaken: (stop: () => void) => void,
): AsyncGenerator<SyncRunEvent, undefined> {
  const { services, signal } = context;
  if (signal.aborted) {
    return;
  }
  const { controller, close } = services.streams.open();
  const run = services.syncRunWatch.follow(key, {
    authenticate: context.authenticateAgain,
    question,
  });
  const abort = (): void => controller.abort();
  signal.addEventListener('abort', abort);
  controller.signal.addEventListener('abort', () => {
    signal.removeEventListener('abort', abort);
    run.leave();
    close();
  });
  onTaken(abort);
  let seen: string | null = null;
  try {
    for (;;) {
      const state = await run.next(seen);
      if (state === undefined) {
        throwIfCut(controller.signal);
        return;
      }
      seen = state.version;
      yield { key, viewer: state.viewer, reads: state.reads };
      if (state.status !== 'RUNNING') {
        return;
      }
    }
  } finally {
    abort();
  }
}

function throwIfCut({ reason }: AbortSignal): void {
  if (reason instanceof StreamCut) {
    throw reason;
  }
}

/** What makes the reads of two followers equal: the text of the operation with its variables. */
function questionOf({ operation, variableValues }: GraphQLResolveInfo): string {
  const text = operation.loc?.source.body ?? crypto.randomUUID();
  return JSON.stringify([text, operation.name?.value, variableValues], (_name, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
