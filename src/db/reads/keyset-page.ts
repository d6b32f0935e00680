import { toArrayLiteral, type SqlScalar } from '../core/array-literal.ts';
import type { SortColumn } from '../core/tables.ts';
import type { ReadSession } from './read-source.ts';
import { readPerKey } from './table-rows.ts';

/** A list that belongs to a parent and is read in pages. All text is constant. */
export interface KeysetList {
  readonly table: string;
  /** `column AS "name"` for each value of a row; the alias of the table is `t`. */
  readonly columns: string;
  /** Columns that name the parent, all bigint; the first is team_id. */
  readonly parent: readonly string[];
  /** Total order of the list. All columns have the same direction, so that one row comparison finds the next page. */
  readonly order: readonly SortColumn[];
  readonly direction: 'ASC' | 'DESC';
  /** A condition that every row must meet, besides its parent. */
  readonly always?: string;
}

/** A filter: constant text in which `?` is the placeholder of its only value. */
export interface Condition {
  readonly text: string;
  readonly value: SqlScalar;
}

export interface PageRequest {
  /** Maximum number of rows, 1 or more. */
  readonly first: number;
  /** The last row before the page: values of the columns of the order, as text. Null for the first page. */
  readonly after: readonly string[] | null;
  readonly conditions?: readonly Condition[];
}

/** Ids of the parent, in the order of `KeysetList.parent`. */
export type ParentKey = readonly bigint[];

/** Builds the shared head of both statements: parents as rows, and the condition that ties the list to them. */
function createParts(
  list: KeysetList,
  parents: readonly ParentKey[],
  conditions: readonly Condition[],
): { values: SqlScalar[]; from: string; where: string } {
  const values: SqlScalar[] = list.parent.map((_, index) =>
    toArrayLiteral(parents.map((parent) => parent[index] ?? null)),
  );
  const arrays = values.map((_, index) => `$${index + 1}::text::bigint[]`);
  const filters = conditions.map((condition) => {
    values.push(condition.value);
    return condition.text.replace('?', `$${values.length}`);
  });
  return {
    values,
    from: `unnest(${arrays.join(', ')}) WITH ORDINALITY AS parent(${list.parent.join(', ')}, ordinal)`,
    where: [
      ...list.parent.map((column) => `t.${column} = parent.${column}`),
      ...(list.always === undefined ? [] : [list.always]),
      ...filters,
    ].join(' AND '),
  };
}

/**
 * Reads one page of a list for many parents with one statement. Only the rows of the pages are read, however long the
 * lists are.
 * @returns a page per parent, in the order of `parents`
 */
export function readPages<Row>(
  session: ReadSession,
  list: KeysetList,
  parents: readonly ParentKey[],
  page: PageRequest,
): Promise<Row[][]> {
  const { values, from, where } = createParts(list, parents, page.conditions ?? []);
  const columns = list.order.map((sort) => `t.${sort.column}`);
  const limits = [where];
  if (page.after !== null) {
    const bounds = list.order.map((sort, index) => {
      values.push(page.after?.[index] ?? null);
      return `$${values.length}::text::${sort.type}`;
    });
    limits.push(
      `(${columns.join(', ')}) ${list.direction === 'ASC' ? '>' : '<'} (${bounds.join(', ')})`,
    );
  }
  values.push(page.first);
  const order = columns.map((column) => `${column} ${list.direction}`).join(', ');
  const text = `SELECT parent.ordinal::integer AS ordinal, ${list.columns}
FROM ${from}
CROSS JOIN LATERAL (
  SELECT * FROM ${list.table} t WHERE ${limits.join(' AND ')} ORDER BY ${order} LIMIT $${values.length}::integer
) AS t
ORDER BY parent.ordinal, ${order}`;
  return readPerKey<Row>(session, text, values, parents.length);
}

/** Counts a list for many parents with one statement, in the order of `parents`. */
export async function countLists(
  session: ReadSession,
  list: KeysetList,
  parents: readonly ParentKey[],
  conditions: readonly Condition[] = [],
): Promise<number[]> {
  const { values, from, where } = createParts(list, parents, conditions);
  const text = `SELECT parent.ordinal::integer AS ordinal,
  (SELECT count(*) FROM ${list.table} t WHERE ${where})::integer AS total
FROM ${from}`;
  const found = await readPerKey<{ total: number }>(session, text, values, parents.length);
  return found.map(([row]) => row?.total ?? 0);
}
