import DataLoader from 'dataloader';
import type { Db } from '../../db/core/client.ts';
import type { ReadSession } from '../../db/reads/read-source.ts';

/** A read of many keys at once; answers in the order of the keys. */
export type BatchRead<Key, Args, Value> = (
  session: ReadSession,
  keys: readonly Key[],
  args: Args,
) => Promise<readonly Value[]>;

/** What one answer reads, all from one moment. */
export interface RequestReads {
  /** Prisma's models within the transaction of this answer. */
  readonly db: Db;
  readonly session: ReadSession;
  /** Joins equal reads of one level into one statement; a key is read once an answer. */
  load<Key extends object, Value>(read: BatchRead<Key, undefined, Value>, key: Key): Promise<Value>;
  load<Key extends object, Args extends object, Value>(
    read: BatchRead<Key, Args, Value>,
    key: Key,
    args: Args,
  ): Promise<Value>;
  /** After a write: what follows is read from a new moment. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** As many keys as go into one statement. */
const MAX_BATCH = 500;

type AnyLoader = DataLoader<object, unknown, string>;
type AnyRead = BatchRead<never, never, unknown>;

/** @param open makes the session of the first moment, and of the moment after each refresh */
export function createRequestReads(open: () => ReadSession): RequestReads {
  let session = open();
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
    // The plugin keeps the client for the whole request, so it must follow the session.
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
    },
    close: () => session.close(),
  };
}

/** Arguments as text: equal arguments share a statement. */
function toSignature(args: unknown): string {
  return (
    JSON.stringify(args, (_name, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    ) ?? ''
  );
}
