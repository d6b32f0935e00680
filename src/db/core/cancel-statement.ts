import pg from 'pg';
import { toArrayLiteral } from './array-literal.ts';
import type { CancelStatement, TransactionIdentity } from './client.ts';

export interface CancelOptions {
  readonly connectionString: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** How long the connection, and then the statement, may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Told when the server could not be asked; the statement then runs to its own time limit. */
  readonly onError: (error: Error) => void;
}

/**
 * By the transaction and not by the process alone: behind a pooler, and after a restart, the same process number may by now
 * work for somebody else.
 */
const CANCEL = `
SELECT pg_cancel_backend(activity.pid)
FROM unnest($1::text::integer[], $2::text::timestamptz[]) AS running(pid, began)
JOIN pg_stat_activity activity ON activity.pid = running.pid AND activity.xact_start = running.began
  AND activity.state = 'active'`;

interface Waiting {
  readonly transaction: TransactionIdentity;
  readonly done: () => void;
}

/**
 * Cancels statements over a connection of its own, because those of the pool may all be waiting. There is one at a time,
 * and it is closed afterwards; what is asked for meanwhile is cancelled together.
 */
export function createCancelStatement(options: CancelOptions): CancelStatement {
  const waiting: Waiting[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0);
      await cancelAll(
        options,
        batch.map(({ transaction }) => transaction),
      ).catch(options.onError);
      for (const { done } of batch) {
        done();
      }
    }
    isRunning = false;
  }

  return (transaction) =>
    new Promise((done) => {
      waiting.push({ transaction, done });
      if (!isRunning) {
        void run();
      }
    });
}

async function cancelAll(
  { connectionString, applicationName, timeoutMs }: CancelOptions,
  transactions: readonly TransactionIdentity[],
): Promise<void> {
  const connection = new pg.Client({
    connectionString,
    application_name: applicationName,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  // A connection that breaks fails the statement that waits on it; unheard, the event would end the process.
  connection.on('error', () => undefined);
  try {
    await connection.connect();
    await connection.query(CANCEL, [
      toArrayLiteral(transactions.map(({ pid }) => pid)),
      toArrayLiteral(transactions.map(({ began }) => began)),
    ]);
  } finally {
    connection.end().catch(() => undefined);
  }
}
