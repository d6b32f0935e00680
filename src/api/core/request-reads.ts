import DataLoader from 'dataloader';
import type { Db } from '../../db/core/client.ts';
import type { ReadSession } from '../../db/reads/read-source.ts';

/** Reads many keys at once and returns the values in the order of the keys. */
export type BatchRead<Key, Args, Value> = (
  session: ReadSession,
  keys: readonly Key[],
  args: Args,
) => Promise<readonly Value[]>;

/** The reads of one response, all from the same snapshot. */
export interface RequestReads {
  /** Prisma's models within the transaction of this response. */
  readonly db: Db;
  readonly session: ReadSession;
  /** Batches the same read on one level of a query into one statement. A key is read once per response. */
  load<Key extends object, Value>(read: BatchRead<Key, undefined, Value>, key: Key): Promise<Value>;
  load<Key extends object, Args extends object, Value>(
    read: BatchRead<Key, Args, Value>,
    key: Key,
    args: Args,
  ): Promise<Value>;
  /** Must be called after a write, so that later reads see it: they get a new snapshot. */
  refresh(): Promise<void>;
  close(): Promise<void>;
  /** Ends the reads at once, with the statement that runs; all of them fail with `reason` from now on. */
  abort(reason: Error): void;
}

/** Maximum number of keys in one statement. */
const MAX_BATCH = 500;

type AnyLoader = DataLoader<object, unknown, string>;
type AnyRead = BatchRead<never, never, unknown>;

/** @param open opens a session, at first and after each refresh */
export function createRequestReads(open: () => ReadSession): RequestReads {
  let session = open();
  let aborted: Error | undefined;
  let loaders = new Map<AnyRead, Map<string, AnyLoader>>();

  function loaderOf(read: AnyRead, args: unknown): AnyLoader {
    const bySignature = loaders.get(read) ?? new Map<string, AnyLoader>();
    loaders.set(read, bySignature);
    const signature = toSignature(args);
    const known = bySignature.get(signature);
    if (known !== undefined) {
      return known;
    }
    const current = session;
    const loader: AnyLoader = new DataLoader<object, unknown, string>(
      (keys) => (read as BatchRead<object, unknown, unknown>)(current, keys, args),
      { maxBatchSize: MAX_BATCH, cacheKeyFn: (key) => Object.values(key).join('|') },
    );
    bySignature.set(signature, loader);
    return loader;
  }

  const load = (read: AnyRead, key: object, args?: unknown): Promise<unknown> =>
    loaderOf(read, args).load(key);

  return {
    // The plugin keeps this client for the whole request, so it has to follow the current session.
    db: new Proxy({} as Db, {
      get: (_target, name) => Reflect.get(session.db, name) as unknown,
      has: (_target, name) => Reflect.has(session.db, name),
    }),
    get session() {
      return session;
    },
    load,
    refresh: async () => {
      await session.close();
      loaders = new Map();
      session = open();
      if (aborted !== undefined) {
        session.abort(aborted);
      }
    },
    close: () => session.close(),
    abort: (reason) => {
      aborted = reason;
      session.abort(reason);
    },
  };
}

/** Arguments as text, so that equal arguments share a statement. */
function toSignature(args: unknown): string {
  return (
    JSON.stringify(args, (_name, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    ) ?? ''
  );
}
