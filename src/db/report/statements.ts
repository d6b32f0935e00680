import type pg from 'pg';
import { formatCount, formatQuantity } from '../../domain/core/quantities.ts';
import { defineSection, look, orFine, type Finding, type Section } from './section.ts';

export interface StatementCost {
  /** Normalised, on one line. Null: the statistics cannot be read, for the reason in `unavailable`. */
  readonly statement: string | null;
  readonly calls: number;
  readonly totalMs: number;
  readonly meanMs: number;
  readonly rows: number;
  readonly unavailable?: 'NOT_CREATED' | 'NOT_LOADED';
}

/** As much of a statement as a terminal shows on one line. */
const SHOWN_CHARACTERS = 90;

const EXTENSION = `SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'`;

const statementsIn = (schema: string): string => `
SELECT left(regexp_replace(btrim(query), '\\s+', ' ', 'g'), ${SHOWN_CHARACTERS}) AS statement, calls::float8 AS calls,
  total_exec_time AS "totalMs", mean_exec_time AS "meanMs", rows::float8 AS rows
FROM ${schema}.pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND toplevel
ORDER BY total_exec_time DESC LIMIT 100`;

/** PostgreSQL's code when the extension is there but the server did not load its library. */
const NOT_IN_PREREQUISITE_STATE = '55000';

function unavailable(reason: 'NOT_CREATED' | 'NOT_LOADED'): StatementCost[] {
  return [{ statement: null, calls: 0, totalMs: 0, meanMs: 0, rows: 0, unavailable: reason }];
}

async function read(connection: pg.Client): Promise<readonly StatementCost[]> {
  const { rows } = await connection.query<{ schema: string }>(EXTENSION);
  const [extension] = rows;
  if (extension === undefined) {
    return unavailable('NOT_CREATED');
  }
  try {
    const schema = connection.escapeIdentifier(extension.schema);
    return (await connection.query<StatementCost>(statementsIn(schema))).rows;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NOT_IN_PREREQUISITE_STATE) {
      return unavailable('NOT_LOADED');
    }
    throw error;
  }
}

/** The gateway gives a whole answer 5 s; a statement that needs one of them on the mean is slow. */
const SLOW_MS = 1_000;
const MIN_CALLS = 5;

/** What to do where statistics cannot be read. */
const UNAVAILABLE = {
  NOT_CREATED: look(
    'Slow statements are not recorded: this database lacks pg_stat_statements.',
    "Start PostgreSQL with shared_preload_libraries = 'pg_stat_statements', and as a superuser run CREATE EXTENSION pg_stat_statements in this database.",
  ),
  NOT_LOADED: look(
    'Slow statements are not recorded: the server did not load pg_stat_statements.',
    "Set shared_preload_libraries = 'pg_stat_statements' (deploy/postgres/tier-*.conf does) and restart PostgreSQL.",
  ),
};

/** Names statements that are slow on the mean, or says how they can be seen. */
export function evaluateStatements(rows: readonly StatementCost[]): readonly Finding[] {
  const reason = rows[0]?.unavailable;
  if (reason !== undefined) {
    return [UNAVAILABLE[reason]];
  }
  const slow = rows.filter((row) => row.calls >= MIN_CALLS && row.meanMs > SLOW_MS);
  const findings = slow.map(({ statement, calls, meanMs }) =>
    look(
      `${formatQuantity(meanMs, 'milliseconds')} on the mean of ${formatCount(calls)} calls: ${statement}`,
      'Look at its plan with EXPLAIN (ANALYZE, BUFFERS) as the application role.',
    ),
  );
  return orFine(
    findings,
    `No statement of ${formatCount(rows.length)} takes a second on the mean.`,
  );
}

const readStatementCosts = defineSection<StatementCost>({
  key: 'statements',
  title: 'Statements by total time',
  columns: {
    statement: ['statement', 'text'],
    calls: ['calls', 'count'],
    meanMs: ['mean', 'milliseconds'],
    totalMs: ['total', 'milliseconds'],
    rows: ['rows', 'count'],
  },
  read,
  evaluate: evaluateStatements,
});

/** Statements of this database by the time that they took in all. */
export const readStatements: Section = async (connection, scope) => {
  const section = await readStatementCosts(connection, scope);
  // What says that there are no statistics is no statement.
  const rows = section.rows.filter((row) => row['statement'] !== null);
  return rows.length === section.rows.length ? section : { ...section, rows, total: 0 };
};
