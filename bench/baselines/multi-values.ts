import pg from 'pg';
import type { SqlScalar } from '../../src/db/core/array-literal.ts';
import type { TableDescriptor } from '../../src/db/bulk/table-descriptor.ts';

/** 12 columns times 5,000 stay below the 65,535 parameters of a statement. */
const ROWS_PER_STATEMENT = 5_000;

export interface MultiValuesOptions<Row> {
  readonly url: string;
  readonly descriptor: TableDescriptor<Row>;
  readonly teams: readonly { readonly teamId: string; readonly rows: Iterable<Row> }[];
  readonly connections: number;
}

/**
 * What a careful team writes without COPY and without arrays: `INSERT … VALUES ($1, …), … ON CONFLICT DO UPDATE`, 5,000
 * rows a statement, each in a transaction that sets the team for row-level security. Answers the seconds that it took.
 */
export async function writeMultiValues<Row>(options: MultiValuesOptions<Row>): Promise<number> {
  const pool = new pg.Pool({ connectionString: options.url, max: options.connections });
  const startedAt = performance.now();
  // One stream of chunks for all connections, so that one team alone keeps both busy.
  const chunks = chunksOf(options);
  const worker = async (): Promise<void> => {
    for (let next = chunks.next(); next.done !== true; next = chunks.next()) {
      await writeChunk(pool, options.descriptor, next.value);
    }
  };
  await Promise.all(Array.from({ length: options.connections }, worker));
  const seconds = (performance.now() - startedAt) / 1000;
  await pool.end();
  return seconds;
}

interface Chunk<Row> {
  readonly teamId: string;
  readonly rows: readonly Row[];
}

function* chunksOf<Row>({ teams }: MultiValuesOptions<Row>): Generator<Chunk<Row>> {
  for (const { teamId, rows } of teams) {
    let chunk: Row[] = [];
    for (const row of rows) {
      chunk.push(row);
      if (chunk.length === ROWS_PER_STATEMENT) {
        yield { teamId, rows: chunk };
        chunk = [];
      }
    }
    if (chunk.length > 0) {
      yield { teamId, rows: chunk };
    }
  }
}

async function writeChunk<Row>(
  pool: pg.Pool,
  descriptor: TableDescriptor<Row>,
  { teamId, rows }: Chunk<Row>,
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT set_config('app.team_ids', $1, true)`, [`{${teamId}}`]);
    await client.query(statement(descriptor, rows.length), parameters(descriptor, teamId, rows));
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

function statement<Row>({ table, columns, key }: TableDescriptor<Row>, count: number): string {
  const width = columns.length + 1;
  const tuples = Array.from(
    { length: count },
    (_, row) =>
      `(${Array.from({ length: width }, (_none, column) => `$${row * width + column + 1}`).join(',')})`,
  );
  const names = columns.map((column) => `"${column.name}"`);
  const values = columns.filter((column) => !key.includes(column.name));
  return `INSERT INTO "${table}" ("team_id", ${names.join(', ')}) VALUES ${tuples.join(',')}
ON CONFLICT ("team_id", ${key.map((name) => `"${name}"`).join(', ')}) DO UPDATE
SET ${values.map(({ name }) => `"${name}" = EXCLUDED."${name}"`).join(', ')}`;
}

function parameters<Row>(
  { columns }: TableDescriptor<Row>,
  teamId: string,
  rows: readonly Row[],
): SqlScalar[] {
  return rows.flatMap((row) => [
    teamId,
    ...columns.map((column) => {
      const value = column.value(row) as SqlScalar;
      return typeof value === 'bigint' ? String(value) : value;
    }),
  ]);
}
