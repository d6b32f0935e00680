import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPY_BUFFER_BYTES, createCopyEncoder } from '../../src/db/bulk/copy-rows.ts';
import type { TableDescriptor } from '../../src/db/bulk/table-descriptor.ts';

/**
 * The limit: the same bytes by binary COPY over one connection into an unlogged table without keys, checks, policies
 * or partitions, as its owner. Answers the seconds that it took.
 */
export async function copyBare<Row>(
  url: string,
  descriptor: TableDescriptor<Row>,
  batches: readonly Iterable<Row>[],
): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const columns = descriptor.columns.map(({ name }) => `"${name}"`).join(', ');
  const types = descriptor.columns.map(
    ({ name, type }) => `"${name}" ${type === 'numeric' ? 'text' : type}`,
  );
  await client.query(`CREATE UNLOGGED TABLE bench_bare (${types.join(', ')})`);
  try {
    const startedAt = performance.now();
    for (const rows of batches) {
      const encoder = createCopyEncoder(descriptor, () => Buffer.allocUnsafe(COPY_BUFFER_BYTES));
      for (const row of rows) {
        encoder.add(row);
      }
      await pipeline(
        encoder.finish(),
        client.query(copyFrom(`COPY bench_bare (${columns}) FROM STDIN (FORMAT binary)`)),
      );
    }
    return (performance.now() - startedAt) / 1000;
  } finally {
    await client.query('DROP TABLE bench_bare');
    await client.end();
  }
}
