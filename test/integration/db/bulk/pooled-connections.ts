import pg from 'pg';
import { expect } from 'vitest';

/**
 * Looks at every connection that a pooler holds to PostgreSQL: what a transaction set must have ended with it, no team,
 * no bound, no temporary table.
 */
export async function expectNothingLeft(poolerUrl: string, poolSize: number): Promise<void> {
  const clients = Array.from(
    { length: poolSize },
    () => new pg.Client({ connectionString: poolerUrl }),
  );
  const seen = await Promise.all(
    clients.map(async (connection) => {
      await connection.connect();
      // An open transaction each, so that no two of them look at the same connection.
      await connection.query('BEGIN');
      const { rows } = await connection.query<Record<string, unknown>>(
        `SELECT pg_backend_pid() AS pid, coalesce(current_setting('app.team_ids', true), '') AS teams,
          current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
          current_setting('transaction_read_only') AS read_only, (SELECT count(*)::int FROM team) AS visible,
          to_regclass('pg_temp.throughline_stage')::text AS stage`,
      );
      return rows[0] ?? {};
    }),
  );
  await Promise.all(clients.map((connection) => connection.end()));
  expect(new Set(seen.map(({ pid }) => pid)).size).toBe(poolSize);
  for (const { pid: _, ...left } of seen) {
    expect(left).toEqual({
      teams: '',
      statement: '0',
      lock: '0',
      read_only: 'off',
      visible: 0,
      stage: null,
    });
  }
}
