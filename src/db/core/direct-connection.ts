import pg from 'pg';
import { DomainError } from '../../domain/core/errors.ts';

/**
 * Runs work on a plain connection of its own, past Prisma and its pool, and closes it.
 * @throws DomainError DATABASE_UNAVAILABLE when the database cannot be reached; what the work throws otherwise
 */
export async function withDirectConnection<T>(
  connectionString: string,
  work: (connection: pg.Client) => Promise<T>,
): Promise<T> {
  const connection = new pg.Client({ connectionString });
  // A connection that breaks fails the statement that waits on it; unheard, the event would end the process.
  connection.on('error', () => undefined);
  try {
    await connection.connect();
  } catch (error) {
    throw new DomainError(
      'DATABASE_UNAVAILABLE',
      `The database does not answer (${describe(error)}): check the connection URL and that PostgreSQL runs.`,
      { cause: error },
    );
  }
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

/** A host with several addresses fails with one error for each and no message of its own. */
function describe(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}
