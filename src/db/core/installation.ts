import { DomainError } from '../../domain/core/errors.ts';
import type { Db } from './client.ts';
import { firstRow } from './first-row.ts';
import { sqlState, UNDEFINED_TABLE } from './sql-state.ts';

/**
 * The identity of the installation that the database belongs to: ten hexadecimal digits, a part of its names in Temporal.
 * @throws DomainError DATABASE_UNAVAILABLE when the database is of a release before installations had identities
 */
export async function readInstallationIdentity(db: Db): Promise<string> {
  const rows = await db.$queryRaw<{ identity: string }[]>`
    SELECT identity FROM installation`.catch((error: unknown) => {
    throw sqlState(error) === UNDEFINED_TABLE
      ? new DomainError(
          'DATABASE_UNAVAILABLE',
          'The tables of the database are of an earlier release: run throughline migrate first.',
          { cause: error },
        )
      : error;
  });
  return firstRow(rows, 'the database has no identity').identity;
}

/**
 * Gives the installation a new identity, in one transaction that closes the rows of all runs under the former one.
 * @param maintenance as the role that owns the tables: it sees all teams
 * @returns the new identity
 */
export async function renewInstallationIdentity(maintenance: Db): Promise<string> {
  const rows = await maintenance.$queryRaw<{ identity: string }[]>`
    SELECT throughline_renew_identity() AS identity`;
  return firstRow(rows, 'the database gave no identity').identity;
}
