import type { ReadSession } from '../../db/reads/read-source.ts';
import type { RowKey } from '../../db/reads/rows-by-key.ts';
import { readSyncRunVersion } from '../../db/reads/sync-run-progress.ts';
import { createNotifier, type Notifier } from './notifier.ts';
import { visibleTeamId, type ApiContext } from './context.ts';
import { isPassing, notFound, unauthenticated } from './errors.ts';
import { stoppable } from './stoppable.ts';

/** One state of a run. The event owns its session: whoever answers it reads from there and closes it. */
export interface SyncRunEvent {
  readonly key: RowKey;
  readonly session: ReadSession;
}

/** So many looks in a row may fail before the stream gives up. */
const MAX_FAILURES = 15;

/**
 * Follows a run: its state at once, then each change, until it has ended, the client has gone or the process drains.
 * Changes come from notifications, and from a look every `pollMs`.
 * @throws DomainError NOT_FOUND, OVERLOADED
 */
export async function followSyncRun(
  context: ApiContext,
  asked: RowKey,
): Promise<AsyncIterableIterator<SyncRunEvent>> {
  const key = { teamId: visibleTeamId(context, asked.teamId), id: asked.id };
  const first = await readSyncRunVersion(context.reads.session, key);
  if (first === null) {
    throw notFound('sync run');
  }
  const stream = context.services.streams.open();
  const { controller } = stream;
  const abort = (): void => controller.abort();
  context.signal.addEventListener('abort', abort);
  if (context.signal.aborted) {
    abort();
  }
  return stoppable(readStates(context, key, first.rootId, controller), () => {
    controller.abort();
    context.signal.removeEventListener('abort', abort);
    stream.close();
  });
}

async function* readStates(
  context: ApiContext,
  key: RowKey,
  rootId: bigint,
  controller: AbortController,
): AsyncGenerator<SyncRunEvent, undefined> {
  const { signal } = controller;
  const notifier = createNotifier();
  const changes = context.services.syncRunChanges.subscribe(key.teamId, rootId, signal);
  const listening = notifyOnChanges(changes, notifier);
  let version = '';
  let failures = 0;
  try {
    while (!signal.aborted) {
      const snapshot = await readSnapshot(context, key).catch((error: unknown) => {
        failures += 1;
        if (!isPassing(error) || failures > MAX_FAILURES) {
          throw error;
        }
        return 'again' as const;
      });
      if (snapshot !== 'again') {
        failures = 0;
        if (snapshot.version === version) {
          await snapshot.session.close();
        } else {
          version = snapshot.version;
          yield { key, session: snapshot.session };
        }
        if (snapshot.status !== 'RUNNING') {
          return;
        }
      }
      await notifier.wait(context.services.pollMs, signal);
    }
  } finally {
    controller.abort();
    await listening;
  }
}

/** Reads the state in a session of its own, as whoever the token now belongs to. */
async function readSnapshot(context: ApiContext, key: RowKey) {
  const viewer = await context.authenticateAgain();
  if (viewer === null) {
    throw unauthenticated();
  }
  // A change is told at once; a replica may not have it yet.
  const session = context.services.reads.open({ ...viewer, onPrimary: true });
  try {
    const found = await readSyncRunVersion(session, key);
    if (found === null) {
      throw notFound('sync run');
    }
    return { session, version: found.version, status: found.status };
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function notifyOnChanges(changes: AsyncIterable<void>, notifier: Notifier): Promise<void> {
  for await (const _change of changes) {
    notifier.notify();
  }
}
