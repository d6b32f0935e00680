import pg from 'pg';
import type { SyncRunChanges } from './sync-run-changes.ts';

/** The channel that the trigger on sync_run notifies, with `teamId:jobId`. */
const CHANNEL = 'throughline_sync_run';

const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 10_000;

export interface NotificationOptions {
  /** Direct connection: LISTEN does not work through a pooler in transaction mode. */
  readonly connectionString: string;
  /** Called when the connection cannot be made or breaks; it is made again. */
  readonly onConnectionError: (error: Error) => void;
}

export interface SyncRunNotifications extends SyncRunChanges {
  /** How many followers there are. */
  readonly followers: () => number;
  close(): Promise<void>;
}

/** Wakes one follower; several calls before it looks are one. */
interface Notifier {
  notify(): void;
}

/**
 * One connection that listens for all followers of a gateway. It is made with the first follower and made again when
 * it breaks; everybody is woken after that, because what was notified meanwhile is lost.
 */
export function createSyncRunNotifications(options: NotificationOptions): SyncRunNotifications {
  const notifiers = new Map<string, Set<Notifier>>();
  let client: pg.Client | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let closed = false;

  function notifyAll(): void {
    for (const followers of notifiers.values()) {
      for (const notifier of followers) {
        notifier.notify();
      }
    }
  }

  function connect(): void {
    const next = new pg.Client({
      connectionString: options.connectionString,
      application_name: 'throughline-listen',
      keepAlive: true,
    });
    client = next;
    const lose = (error: Error): void => {
      if (client !== next || closed) {
        return;
      }
      client = undefined;
      options.onConnectionError(error);
      // A broken connection may still hold a socket; ending it a second time does nothing.
      next.end().catch(() => undefined);
      retry = setTimeout(connect, Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures));
      failures += 1;
    };
    next.on('error', lose);
    next.on('end', () => lose(new Error('the connection that listens was closed')));
    next.on('notification', (message) => {
      for (const notifier of notifiers.get(message.payload ?? '') ?? []) {
        notifier.notify();
      }
    });
    next
      .connect()
      .then(() => next.query(`LISTEN ${CHANNEL}`))
      .then(() => {
        failures = 0;
        notifyAll();
      })
      .catch(lose);
  }

  async function* follow(key: string, signal: AbortSignal): AsyncGenerator<void> {
    let wake: () => void = () => undefined;
    let isNotified = false;
    const notifier: Notifier = {
      notify: () => {
        isNotified = true;
        wake();
      },
    };
    const followers = notifiers.get(key) ?? new Set();
    followers.add(notifier);
    notifiers.set(key, followers);
    const onAbort = (): void => wake();
    signal.addEventListener('abort', onAbort);
    if (client === undefined && retry === undefined && !closed) {
      connect();
    }
    try {
      while (!signal.aborted && !closed) {
        if (isNotified) {
          isNotified = false;
          yield;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      followers.delete(notifier);
      if (followers.size === 0 && notifiers.get(key) === followers) {
        notifiers.delete(key);
      }
    }
  }

  return {
    subscribe: (teamId, runId, signal) => follow(`${teamId}:${runId}`, signal),
    followers: () => [...notifiers.values()].reduce((sum, followers) => sum + followers.size, 0),
    close: async () => {
      closed = true;
      clearTimeout(retry);
      notifyAll();
      await client?.end().catch(() => undefined);
    },
  };
}
