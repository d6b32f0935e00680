import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inKeyOrder, toChunks, type ChunkBounds } from '../../../../src/db/bulk/bulk-rows.ts';
import type { TableDescriptor } from '../../../../src/db/bulk/table-descriptor.ts';

interface Row {
  readonly name: string;
  readonly group: bigint;
  readonly tags?: readonly string[];
}

const TABLE: TableDescriptor<Row> = {
  table: 'probe',
  columns: [
    { name: 'name', type: 'text', value: ({ name }) => name },
    { name: 'group', type: 'bigint', value: ({ group }) => group },
    { name: 'tags', type: 'text[]', value: ({ tags = [] }) => tags },
  ],
  key: ['group', 'name'],
  returning: [],
};

function row(name: string, group = 0n): Row {
  return { name, group };
}

function chunksOf(rows: Iterable<Row>, bounds: Partial<ChunkBounds>): Row[][] {
  return [...toChunks(TABLE, rows, { rows: 1e9, characters: 1e9, ...bounds })];
}

describe('chunks of rows', () => {
  it('hold as many rows as they may, and the last one the rest', () => {
    const rows = Array.from({ length: 7 }, (_, index) => row(`${index}`));
    const chunks = chunksOf(rows, { rows: 3 });
    expect(chunks).toEqual([rows.slice(0, 3), rows.slice(3, 6), rows.slice(6)]);
    expect(chunksOf(rows.slice(0, 6), { rows: 3 })).toHaveLength(2);
    expect(chunksOf([], { rows: 3 })).toEqual([]);
  });

  it('end with the row that reaches the bound of characters, lists counted', () => {
    const rows = ['aaa', 'bb', 'c', 'dddddddd', 'e'].map((name) => row(name));
    const names = (given: readonly Row[]) =>
      chunksOf(given, { characters: 5 }).map((chunk) => chunk.map(({ name }) => name));
    expect(names(rows)).toEqual([['aaa', 'bb'], ['c', 'dddddddd'], ['e']]);
    const lists = rows.map((given) => ({ ...given, name: '', tags: [given.name, ''] }));
    expect(chunksOf(lists, { characters: 5 }).map((chunk) => chunk.length)).toEqual([2, 2, 1]);
  });

  it('come as the rows come: no more than one chunk is held', () => {
    let given = 0;
    function* stream(): Generator<Row> {
      for (; given < 10;) {
        given += 1;
        yield row(`${given}`);
      }
    }
    const givenAt: number[] = [];
    const bounds = { rows: 4, characters: 1e9 };
    for (const chunk of toChunks(TABLE, stream(), bounds)) {
      givenAt.push(given - chunk.length);
    }
    expect(givenAt).toEqual([0, 4, 8]);
  });
});

describe('rows in key order', () => {
  it('are sorted by the whole key, the last of equal ones kept, whatever came in', () => {
    const anyRow = fc.record({
      name: fc.constantFrom('', 'a', 'b', 'é', '\uFFFD', '\u{1F600}'),
      group: fc.bigInt({ min: -2n, max: 2n }),
      tags: fc.array(fc.string(), { maxLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 30 }), (rows) => {
        const last = new Map(rows.map((given) => [`${given.group} ${given.name}`, given]));
        const expected = [...last.values()].toSorted(
          (a, b) =>
            Number(a.group - b.group) || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
        );
        expect(inKeyOrder(TABLE, rows)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
