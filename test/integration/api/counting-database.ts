import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Db } from '../../../src/db/core/client.ts';
import { createCancelStatement } from '../../../src/db/core/cancel-statement.ts';
import { PrismaClient } from '../../../src/db/generated/prisma/client.ts';
import { PATIENCE_MS, PATIENT } from '../../support/patience.ts';

/** One statement as the server saw it. */
export interface SeenStatement {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly rows: number;
}

export interface CountingDatabase {
  readonly db: Db;
  /** What has run since the last call, without what opens and closes a transaction, looks a token up or notes its use. */
  takeStatements(): SeenStatement[];
  /** As well with what looks tokens up and says which rows a transaction may read: all but its beginning and end. */
  takeAllStatements(): SeenStatement[];
  /** Transactions begun since the last call. */
  takeTransactions(): number;
  close(): Promise<void>;
}

const TRANSACTION = /^(BEGIN|COMMIT|ROLLBACK|SET TRANSACTION)/;
const HOUSEKEEPING = /set_config\(|throughline_authenticate|throughline_note_token_use/;

type Query = (...args: unknown[]) => unknown;

/** A client over a pool that notes each statement and how many rows came back. */
export function openCountingDatabase(connectionString: string, poolSize = 10): CountingDatabase {
  const seen: SeenStatement[] = [];
  let begun = 0;
  const pool = new pg.Pool({ connectionString, max: poolSize, options: '-c TimeZone=UTC' });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as Query;
    (client as { query: Query }).query = (...args) => {
      const [first, second] = args as [string | { text: string; values?: unknown[] }, unknown];
      const text = typeof first === 'string' ? first : first.text;
      const given = typeof first === 'string' ? second : first.values;
      const values = Array.isArray(given) ? (given as unknown[]) : [];
      begun += text === 'BEGIN' ? 1 : 0;
      const note = (answer?: { readonly rows: unknown[] }): void => {
        seen.push({ text, values, rows: answer?.rows.length ?? 0 });
      };
      const callback = args.at(-1);
      if (typeof callback === 'function') {
        // The pool's own way to run a statement outside a transaction.
        return query(...args.slice(0, -1), (error: unknown, answer?: { rows: unknown[] }) => {
          note(answer);
          (callback as Query)(error, answer);
        });
      }
      const result = query(...args);
      if (result instanceof Promise) {
        result.then(note, () => note());
      }
      return result;
    };
  });
  const db: Db = Object.assign(new PrismaClient({ adapter: new PrismaPg(pool) }), {
    deadlines: PATIENT.database,
    cancelStatement: createCancelStatement({
      connectionString,
      applicationName: 'throughline test cancel',
      timeoutMs: PATIENCE_MS,
      onError: () => undefined,
    }),
  });
  const takeAll = (): SeenStatement[] =>
    seen.splice(0).filter(({ text }) => !TRANSACTION.test(text.trim()));
  return {
    db,
    takeStatements: () => takeAll().filter(({ text }) => !HOUSEKEEPING.test(text)),
    takeAllStatements: takeAll,
    takeTransactions: () => {
      const count = begun;
      begun = 0;
      return count;
    },
    close: async () => {
      await db.$disconnect();
      await pool.end();
    },
  };
}
