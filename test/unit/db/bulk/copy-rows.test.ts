import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toArrayLiteral } from '../../../../src/db/core/array-literal.ts';
import { COPY_BUFFER_BYTES, createCopyEncoder } from '../../../../src/db/bulk/copy-rows.ts';
import type {
  Column,
  ColumnType,
  TableDescriptor,
} from '../../../../src/db/bulk/table-descriptor.ts';

type Value = ReturnType<Column<unknown>['value']>;
type Row = readonly Value[];

/** "PGCOPY\n\xff\r\n\0", no flags, no extension. */
const HEADER = '5047434f50590aff0d0a000000000000000000';

function table(types: readonly ColumnType[]): TableDescriptor<Row> {
  return {
    table: 'probe',
    columns: types.map((type, index) => ({
      name: `c${index}`,
      type,
      value: (row) => row[index] ?? null,
    })),
    key: ['c0'],
    returning: [],
  };
}

/** Reads the binary format as the documentation of COPY has it: a header, rows of fields with lengths, a trailer. */
function decode(buffers: readonly Buffer[]): (Buffer | null)[][] {
  const bytes = Buffer.concat(buffers);
  expect(bytes.toString('hex', 0, HEADER.length / 2)).toBe(HEADER);
  const rows: (Buffer | null)[][] = [];
  let at = HEADER.length / 2;
  for (;;) {
    const fields = bytes.readInt16BE(at);
    at += 2;
    if (fields === -1) {
      if (at !== bytes.length) {
        throw new Error(`the trailer ends at ${at} of ${bytes.length} bytes`);
      }
      return rows;
    }
    const row = Array.from({ length: fields }, () => {
      const length = bytes.readInt32BE(at);
      const start = at + 4;
      at = start + Math.max(0, length);
      return length === -1 ? null : bytes.subarray(start, at);
    });
    rows.push(row);
  }
}

function encode(types: readonly ColumnType[], rows: readonly Row[]): Buffer[] {
  const encoder = createCopyEncoder(table(types), () => Buffer.allocUnsafe(COPY_BUFFER_BYTES));
  for (const row of rows) {
    encoder.add(row);
  }
  return [...encoder.finish()];
}

function encodeOne(type: ColumnType, value: Value): Buffer | null | undefined {
  return decode(encode([type], [[value]]))[0]?.[0];
}

describe('rows in binary COPY format', () => {
  it('of no rows are header and trailer', () => {
    expect(decode(encode(['bigint'], []))).toEqual([]);
  });

  it('have any whole number as eight bytes, given as number or bigint', () => {
    const safe = fc.maxSafeInteger();
    fc.assert(
      fc.property(safe, (value) => {
        expect(encodeOne('bigint', value)).toEqual(encodeOne('bigint', BigInt(value)));
      }),
    );
    const any = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(any, (value) => {
        expect(encodeOne('bigint', value)?.readBigInt64BE()).toBe(value);
      }),
    );
  });

  it('have instants as microseconds and days as days, from 2000', () => {
    const at = (text: string) => encodeOne('timestamptz', new Date(text))?.readBigInt64BE();
    expect(at('2000-01-01T00:00:00.001Z')).toBe(1_000n);
    expect(at('1999-12-31T23:59:59.999Z')).toBe(-1_000n);
    expect(at('9999-12-31T23:59:59.999Z')).toBe(252_455_615_999_999_000n);
    expect(at('0001-01-01T00:00:00.000Z')).toBe(-63_082_281_600_000_000n);
    const day = (text: string) => encodeOne('date', text)?.readInt32BE();
    expect(['2000-01-01', '2000-03-01', '1999-12-31'].map(day)).toEqual([0, 60, -1]);
    expect(['0001-01-01', '9999-12-31'].map(day)).toEqual([-730_119, 2_921_939]);
  });

  it('have flags, texts, lists and decimal numbers, and NULL as no value at all', () => {
    expect(encodeOne('boolean', true)?.toString('hex')).toBe('01');
    expect(encodeOne('boolean', false)?.toString('hex')).toBe('00');
    expect(encodeOne('integer', -2)?.readInt32BE()).toBe(-2);
    expect(encodeOne('text', 'é\u{1F600}')?.toString()).toBe('é\u{1F600}');
    expect(encodeOne('text', '')).toEqual(Buffer.alloc(0));
    expect(encodeOne('text[]', ['a"b', ''])?.toString()).toBe(toArrayLiteral(['a"b', '']));
    expect(encodeOne('numeric', 0.1 + 0.2)?.toString()).toBe('0.30000000000000004');
    for (const type of ['bigint', 'integer', 'boolean', 'text', 'text[]', 'numeric'] as const) {
      expect(encodeOne(type, null)).toBeNull();
    }
  });

  it.each<[ColumnType, Value]>([
    ['bigint', Number.NaN],
    ['bigint', Number.POSITIVE_INFINITY],
    ['bigint', 1.5],
    ['bigint', 2 ** 53],
    ['bigint', 2n ** 63n],
    ['integer', Number.NaN],
    ['integer', 1.5],
    ['integer', 2 ** 31],
    ['timestamptz', new Date(Number.NaN)],
    ['date', '2026-02-30'],
    ['date', 'soon'],
    ['date', '2026-2-3'],
  ])('refuse for %s the value %s', (type, value) => {
    expect(() => encode([type], [[value]])).toThrow(RangeError);
  });
});

describe('buffers of rows', () => {
  const types = ['text', 'bigint', 'text[]', 'numeric'] as const;

  /** Rows must come back whole wherever a border falls, and a buffer is only longer for one long value. */
  function expectWhole(rows: readonly Row[]): void {
    const buffers = encode(types, rows);
    const decoded = decode(buffers).map(([text, number, list, decimal]) => [
      text?.toString(),
      number?.readBigInt64BE(),
      list?.toString(),
      decimal?.toString(),
    ]);
    const expected = rows.map(([text, number, list, decimal]) => [
      text,
      number,
      toArrayLiteral(list as readonly string[]),
      String(decimal),
    ]);
    expect(decoded.length).toBe(expected.length);
    expect(decoded.findIndex((row, index) => !equal(row, expected[index]))).toBe(-1);
  }

  const equal = (a: readonly unknown[], b: readonly unknown[] | undefined): boolean =>
    a.every((value, index) => value === b?.[index]);

  it('break between any two bytes of a row', () => {
    // Somewhat more rows of 63 bytes than fit, moved against the border byte by byte.
    const rows = Array.from({ length: 4_400 }, (_, index): Row => [
      'é',
      BigInt(index),
      ['a"', '\u{1F600}'],
      0.1 + 0.2,
    ]);
    for (let shift = 0; shift < 70; shift += 1) {
      expectWhole([['x'.repeat(shift), 0n, [], 0], ...rows]);
    }
  });

  it.each([1, 2, 3].flatMap((bytes) => [-9, -4, -1, 0, 1, 4, 9].map((off) => [bytes, off])))(
    'take values of %i bytes a character around their size %i',
    (bytes, off) => {
      const character = ['', 'a', 'é', '€'][bytes] ?? '';
      const length = Math.floor(COPY_BUFFER_BYTES / bytes) + off;
      const long = character.repeat(length);
      expectWhole([
        ['a', 1n, [], 1],
        [long, 2n, [long, '"'.repeat(1_000)], 2],
        ['b', 3n, [], 3],
      ]);
    },
  );

  it('are a quarter of a megabyte, so that a few of them hold any number of rows', () => {
    const rows = Array.from({ length: 50_000 }, (_, index): Row => [`row ${index}`, 1n, [], 1]);
    const buffers = encode(types, rows);
    expect(buffers.length).toBeGreaterThan(5);
    expect(Math.max(...buffers.map(({ length }) => length))).toBeLessThanOrEqual(COPY_BUFFER_BYTES);
    expect(decode(buffers)).toHaveLength(50_000);
    const long = 'x'.repeat(5 * COPY_BUFFER_BYTES);
    expectWhole([[long, 1n, [long], 1]]);
  });
});
