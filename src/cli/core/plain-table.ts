import Table, { type Cell } from 'cli-table3';

/**
 * A table as text, without colours and without a line between two rows.
 * @param isText says of a column whether it holds text, which is aligned left; numbers are aligned right
 */
export function renderTable(
  head: readonly string[],
  rows: readonly Cell[][],
  isText = (column: number): boolean => column === 0,
): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_title, column) => (isText(column) ? 'left' : 'right')),
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  table.push(...rows);
  return table.toString();
}
