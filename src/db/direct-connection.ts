import pg from 'pg';

/** Runs work on a plain connection of its own, past Prisma and its pool, and closes it. */
export async function withDirectConnection<T>(
  connectionString: string,
  work: (connection: pg.Client) => Promise<T>,
): Promise<T> {
  const connection = new pg.Client({ connectionString });
  await connection.connect();
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}
