import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { ApiWorld } from './api-world.ts';

/**
 * Keeps everybody from a table until the test has finished: what reads or writes it waits, and it depends on the deadlines
 * of the test what ends that.
 * @returns lets go of it before; may be called twice
 */
export async function lockTable(
  world: Pick<ApiWorld, 'maintenanceUrl'>,
  table: string,
): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: world.maintenanceUrl });
  await client.connect();
  let ending: Promise<void> | undefined;
  const unlock = (): Promise<void> => (ending ??= client.end());
  onTestFinished(unlock);
  await client.query('BEGIN');
  await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  return unlock;
}
