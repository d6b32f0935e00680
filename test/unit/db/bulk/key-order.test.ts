import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeyParts } from '../../../../src/db/bulk/key-order.ts';
import { bulkUpsert } from '../../../../src/db/bulk/bulk-upsert.ts';
import type { TableDescriptor } from '../../../../src/db/bulk/table-descriptor.ts';
import type { DbTransaction } from '../../../../src/db/core/client.ts';

const anyText = fc
  .array(fc.constantFrom('', 'a', 'B', 'é', '\uE000', '\uFFFD', '\u{10000}', '\u{1F600}', '0'), {
    maxLength: 5,
  })
  .map((parts) => parts.join(''));

describe('the order of keys', () => {
  it('is that of bytes for text, also beyond the 16 bits of a JavaScript character', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareKeyParts(a, b))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [1n, 2n],
    [9n, 10n],
    [-1n, 0n],
    [9, 10],
    [new Date(5), new Date(10)],
    ['2026-03-04', '2026-10-01'],
    [false, true],
  ])('of other values is their own: %s before %s', (a, b) => {
    expect(compareKeyParts(a, b)).toBeLessThan(0);
    expect(compareKeyParts(b, a)).toBeGreaterThan(0);
    expect(compareKeyParts(a, a)).toBe(0);
  });
});

describe('a bulk write of several chunks', () => {
  interface Row {
    readonly group: bigint;
    readonly name: string;
  }

  const TABLE: TableDescriptor<Row> = {
    table: 'probe',
    columns: [
      { name: 'name', type: 'text', value: (row) => row.name },
      { name: 'group', type: 'bigint', value: (row) => row.group },
    ],
    key: ['group', 'name'],
    returning: [],
  };

  it('sends its rows in the order of the whole key, over all chunks', async () => {
    const sent: [bigint, string][] = [];
    const statements: string[] = [];
    const tx = {
      $queryRawUnsafe: (text: string, _: bigint, names: string, groups: string) => {
        statements.push(text);
        const parse = (literal: string): string[] => literal.slice(1, -1).split(',');
        const groupOf = parse(groups);
        const rows = parse(names).map(
          (name, index) => [BigInt(groupOf[index] ?? ''), name] as const,
        );
        sent.push(...rows.map(([group, name]): [bigint, string] => [group, name.slice(1, -1)]));
        const { length } = rows;
        const sizes = { arrived: length, incoming: length, inserted: 0, updated: 0 };
        const counts = { kind: 'counts', ...sizes, missing: null };
        return Promise.resolve([{ ...counts, returned: null }]);
      },
    } as unknown as DbTransaction;
    const rows = Array.from({ length: 11_000 }, (_, index) => {
      const scattered = (index * 7_919) % 11_000;
      return { group: BigInt(scattered % 12), name: `row ${scattered}` };
    });
    await bulkUpsert(tx, TABLE, 1n, rows);
    expect(statements).toHaveLength(3);
    expect(new Set(statements).size).toBe(1);
    const sorted = sent.toSorted(
      ([groupA, nameA], [groupB, nameB]) =>
        Number(groupA - groupB) || Buffer.compare(Buffer.from(nameA), Buffer.from(nameB)),
    );
    expect(sent).toHaveLength(11_000);
    expect(sent).toEqual(sorted);
  });
});
