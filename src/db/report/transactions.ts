import { formatDuration } from '../../domain/core/quantities.ts';
import { act, defineSection, look, orFine, type Finding } from './section.ts';

export interface OpenTransactionState {
  readonly pid: number;
  readonly application: string;
  readonly state: string;
  /** Since the transaction began. */
  readonly openSeconds: number;
  /** Since the session last said something; null while it works. */
  readonly idleSeconds: number | null;
  readonly statement: string;
}

const TRANSACTIONS = `
SELECT a.pid, coalesce(nullif(a.application_name, ''), '–') AS application, a.state,
  extract(epoch FROM now() - a.xact_start)::float8 AS "openSeconds",
  CASE WHEN a.state LIKE 'idle in transaction%' THEN extract(epoch FROM now() - a.state_change)::float8 END AS "idleSeconds",
  left(regexp_replace(btrim(a.query), '\\s+', ' ', 'g'), 90) AS statement
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.xact_start IS NOT NULL AND a.pid <> pg_backend_pid()
  AND a.backend_type = 'client backend' AND a.state IS NOT NULL
ORDER BY a.xact_start`;

/** The longest statement of ours is bounded by minutes; an answer of the gateway by 5 s. */
const LONG_SECONDS = 5 * 60;
const VERY_LONG_SECONDS = 60 * 60;
/** Between two statements of a transaction lie milliseconds. */
const IDLE_SECONDS = 60;

/** Names transactions that hold back vacuum and locks. */
export function evaluateTransactions(rows: readonly OpenTransactionState[]): readonly Finding[] {
  const findings = rows.flatMap((row): Finding[] => {
    const { pid, application, openSeconds, idleSeconds } = row;
    const advice = `Find out what ${application} waits for; else end it: SELECT pg_terminate_backend(${pid}).`;
    if (openSeconds > LONG_SECONDS) {
      const measured = `A transaction of ${application} (pid ${pid}, ${row.state}) is open for ${formatDuration(openSeconds)}: dead rows since then cannot be removed.`;
      return [(openSeconds > VERY_LONG_SECONDS ? act : look)(measured, advice)];
    }
    return idleSeconds !== null && idleSeconds > IDLE_SECONDS
      ? [
          look(
            `${application} (pid ${pid}) is idle in a transaction for ${formatDuration(idleSeconds)}.`,
            advice,
          ),
        ]
      : [];
  });
  return orFine(findings, 'No transaction is open for long.');
}

/** Open transactions, oldest first. */
export const readTransactions = defineSection<OpenTransactionState>({
  key: 'transactions',
  title: 'Open transactions',
  columns: {
    pid: ['pid', 'text'],
    application: ['application', 'text'],
    state: ['state', 'text'],
    openSeconds: ['open for', 'seconds'],
    idleSeconds: ['idle for', 'seconds'],
    statement: ['last statement', 'text'],
  },
  read: async (connection) => (await connection.query<OpenTransactionState>(TRANSACTIONS)).rows,
  evaluate: evaluateTransactions,
});
