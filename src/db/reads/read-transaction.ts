import { isDomainError } from '../../domain/core/errors.ts';
import type { ReadDeadlines } from '../../domain/core/deadlines.ts';
import { toIdArray } from '../core/array-literal.ts';
import type { Db, DbTransaction, TransactionIdentity } from '../core/client.ts';
import { toReadError } from '../core/database-errors.ts';
import { firstRow } from '../core/first-row.ts';

/** Which rows may be read: row-level security hides all others. */
export interface ReadScope {
  readonly userId: bigint;
  readonly teamIds: readonly bigint[];
  /** An operator also sees which teams, users and tokens there are. */
  readonly instanceRole?: 'OPERATOR' | null;
  /** True for reads that directly follow a write: they are never sent to a replica. */
  readonly onPrimary?: boolean;
}

/** How long a session waits for a connection and for a lock, and how long it may hold its connection. */
export type ReadLimits = Pick<ReadDeadlines, 'maxWaitMs' | 'holdMs' | 'lockMs'>;

/** The servers that a session may use; one is chosen when the session opens. */
export interface Servers {
  readonly primary: Db;
  /** Waits until one more session of the user may hold a connection; answers what ends that. */
  admit(): Promise<() => void>;
  choose(): Promise<Db>;
}

/** A read-only transaction that is being opened, or is open. */
export interface ReadTransaction {
  /** Rejects when it cannot be opened; PostgreSQL's error as it is. */
  readonly ready: Promise<DbTransaction>;
  /** Cancels the statement that runs; the connection is kept until the server has seen it. */
  cancel(): void;
  /** Gives the connection back; answers when it is. May be called twice. */
  end(): Promise<void>;
}

/** PostgreSQL ends the transaction this long after our limit, and Prisma this long after PostgreSQL. */
const MARGIN_MS = 1_000;

const OPEN = `
SELECT set_config('transaction_read_only', 'on', true), set_config('app.team_ids', $1::text, true),
  set_config('app.user_id', $2::text, true), set_config('statement_timeout', $3::text, true),
  set_config('lock_timeout', $4::text, true),
  CASE WHEN current_setting('server_version_num')::integer >= 170000
    THEN set_config('transaction_timeout', $5::text, true) END,
  set_config('app.instance_role', $6::text, true),
  pg_backend_pid() AS pid, now()::text AS began`;

/** Opens a transaction of one moment in which only rows of the scope are seen and nothing can be written. */
export function openReadTransaction(
  scope: ReadScope,
  limits: ReadLimits,
  servers: Servers,
): ReadTransaction {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let opened: (tx: DbTransaction) => void = () => undefined;
  let failed: (error: unknown) => void = () => undefined;
  const ready = new Promise<DbTransaction>((resolve, reject) => {
    opened = resolve;
    failed = reject;
  });
  const bounds = [limits.holdMs, limits.lockMs, limits.holdMs + MARGIN_MS];
  let cancelRunning: (() => Promise<void>) | undefined;
  let cancelling = Promise.resolve();
  let isEnding = false;

  const run = (db: Db): Promise<void> =>
    db.$transaction(
      async (tx) => {
        const rows = await tx.$queryRawUnsafe<TransactionIdentity[]>(
          OPEN,
          toIdArray(scope.teamIds),
          String(scope.userId),
          ...bounds.map((bound) => `${bound}ms`),
          scope.instanceRole ?? '',
        );
        const { pid, began } = firstRow(rows, 'a statement without FROM answered no row');
        cancelRunning = async () => db.cancelStatement?.({ pid, began });
        opened(tx);
        await released;
      },
      {
        isolationLevel: 'RepeatableRead',
        maxWait: limits.maxWaitMs,
        timeout: limits.holdMs + 2 * MARGIN_MS,
      },
    );
  async function runWhenAdmitted(): Promise<void> {
    const leave = await servers.admit();
    try {
      if (isEnding) {
        throw new Error('the session has ended before it had a connection');
      }
      await runWhereItAnswers();
    } finally {
      leave();
    }
  }
  async function runWhereItAnswers(): Promise<void> {
    const chosen = await servers.choose();
    try {
      await run(chosen);
    } catch (error) {
      // When a replica has just become unreachable, the primary is used; an overloaded replica is an error.
      if (cancelRunning !== undefined || chosen === servers.primary || !isAway(error)) {
        throw error;
      }
      await run(servers.primary);
    }
  }
  const finished = runWhenAdmitted()
    // A failure before the transaction is open is passed to the waiting reads; later ones can be ignored.
    .catch(failed);
  ready.catch(() => undefined);
  return {
    ready,
    cancel: () => {
      // Once the connection is given back, the next statement on it may be somebody else's.
      if (!isEnding && cancelRunning !== undefined) {
        cancelling = cancelRunning();
      }
    },
    end: async () => {
      isEnding = true;
      await cancelling;
      release();
      await finished;
    },
  };
}

function isAway(error: unknown): boolean {
  const known = toReadError(error);
  return isDomainError(known) && known.code === 'DATABASE_UNAVAILABLE';
}
