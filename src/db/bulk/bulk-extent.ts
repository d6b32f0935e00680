import { rangeColumns } from './bulk-statement.ts';
import type { TableDescriptor } from './table-descriptor.ts';

/** The key range of a chunk's rows, so that the statement scans nothing else. */
export interface Extent<Row> {
  add(row: Row): void;
  /** The least and the greatest value of each column of `rangeColumns`, in their order: parameters of the statement. */
  range(): readonly unknown[];
  /** First days of the months whose partitions the rows need, in order; none for a table without partitions. */
  months(): readonly string[];
}

export function createExtent<Row>(descriptor: TableDescriptor<Row>): Extent<Row> {
  const columns = rangeColumns(descriptor);
  const day = columns.find(({ name }) => name === descriptor.partitionedBy);
  // Numbers or dates as text: each column has one type, which `<` orders.
  const least: string[] = [];
  const greatest: string[] = [];
  const days = new Set<string>();
  return {
    add(row) {
      for (let index = 0; index < columns.length; index += 1) {
        const value = columns[index]?.value(row) as string;
        const [low, high] = [least[index], greatest[index]];
        least[index] = low === undefined || value < low ? value : low;
        greatest[index] = high === undefined || value > high ? value : high;
      }
      if (day !== undefined) {
        days.add(day.value(row) as string);
      }
    },
    range: () => columns.flatMap((_, index) => [least[index], greatest[index]]),
    months: () => [...new Set([...days].map((date) => `${date.slice(0, 7)}-01`))].toSorted(),
  };
}

/** The extent of rows that are all there. */
export function extentOf<Row>(descriptor: TableDescriptor<Row>, rows: readonly Row[]): Extent<Row> {
  const extent = createExtent(descriptor);
  for (const row of rows) {
    extent.add(row);
  }
  return extent;
}
