import type { DbTransaction } from '../core/client.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { TableDescriptor } from './table-descriptor.ts';

/**
 * Removes rows of `parents` that GitHub no longer lists: labels taken off, commits that a force push replaced.
 * @param parents pull requests whose list came in whole; others keep what they have
 * @param rows all rows that came in for these parents
 * @param only rows of the table with this value in this column; others are not meant by the list
 * @returns the parents that lost rows, once a lost row
 */
export async function deleteMissingChildren<Row>(
  tx: DbTransaction,
  descriptor: TableDescriptor<Row>,
  teamId: bigint,
  parents: readonly bigint[],
  rows: readonly Row[],
  only: { readonly column: string; readonly value: string } | null = null,
): Promise<readonly bigint[]> {
  if (parents.length === 0) {
    return [];
  }
  const keyColumns = descriptor.columns.filter((column) => descriptor.key.includes(column.name));
  const names = keyColumns.map((column) => `"${column.name}"`).join(', ');
  const arrays = keyColumns
    .map((column, index) => `$${index + 4}::text::${column.type}[]`)
    .join(', ');
  const match = keyColumns
    .map((column) => `kept."${column.name}" = stored."${column.name}"`)
    .join(' AND ');
  const deleted = await tx.$queryRawUnsafe<{ pull_request_id: bigint }[]>(
    `DELETE FROM "${descriptor.table}" AS stored
     WHERE stored."team_id" = $1::bigint AND stored."pull_request_id" = ANY ($2::text::bigint[])
       AND ${only === null ? '$3::text IS NULL' : `stored."${only.column}" = $3`}
       AND NOT EXISTS (SELECT 1 FROM unnest(${arrays}) AS kept(${names}) WHERE ${match})
     RETURNING stored."pull_request_id"`,
    teamId,
    toArrayLiteral(parents),
    only?.value ?? null,
    ...keyColumns.map((column) =>
      toArrayLiteral(rows.map((row) => column.value(row) as string | bigint)),
    ),
  );
  return deleted.map((row) => row.pull_request_id);
}
