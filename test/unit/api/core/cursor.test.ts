import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../../../src/api/core/cursor.ts';

const ORDER = [
  { column: 'created_at', type: 'timestamptz' },
  { column: 'name', type: 'text' },
  { column: 'id', type: 'bigint' },
] as const;

describe('cursors', () => {
  it('give back the values that they were made of, whatever the text', () => {
    const instants = fc.date({
      min: new Date('1970-01-01T00:00:00Z'),
      max: new Date('2100-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(
        instants,
        text,
        fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
        (instant, name, id) => {
          expect(decodeCursor(encodeCursor([instant, name, id]), ORDER)).toEqual([
            instant.toISOString(),
            name,
            String(id),
          ]);
        },
      ),
    );
  });

  it('hold all numbers that a column holds', () => {
    const order = [
      { column: 'number', type: 'integer' },
      { column: 'id', type: 'bigint' },
    ] as const;
    const most = [2n ** 31n - 1n, 2n ** 63n - 1n];
    expect(decodeCursor(encodeCursor(most), order)).toEqual(most.map(String));
    for (const beyond of [
      [2n ** 31n, 1n],
      [1n, 2n ** 63n],
      [-(2n ** 31n) - 1n, 1n],
    ]) {
      expect(() => decodeCursor(encodeCursor(beyond), order)).toThrow('after is not a cursor');
    }
  });

  it('are refused when they are of another list, or not cursors', () => {
    const cursors = [
      '',
      'not base64!',
      btoa('no json'),
      btoa('{"length":3}'),
      btoa('[1,2,3]'),
      encodeCursor([new Date(0), 'a']),
      encodeCursor([new Date(0), 'a', 1n, 2n]),
      encodeCursor(['yesterday', 'a', 1n]),
      encodeCursor(['2026-99-99T00:00:00.000Z', 'a', 1n]),
      encodeCursor([new Date(0), 'a\0', 1n]),
      encodeCursor([new Date(0), 'a\uD800', 1n]),
      encodeCursor([new Date(0), 'a', 2n ** 63n]),
      encodeCursor([new Date(0), 'a', 10n ** 19n]),
      encodeCursor(['0000-01-01T00:00:00.000Z', 'a', 1n]),
      encodeCursor(['2026-02-30T00:00:00.000Z', 'a', 1n]),
      encodeCursor(['1969-12-31T23:59:59.999Z', 'a', 1n]),
      encodeCursor(['9999-12-31T00:00:00.000Z', 'a', 1n]),
      encodeCursor(['+010000-01-01T00:00:00.000Z', 'a', 1n]),
      encodeCursor(['2026-02-03T00:00:00Z', 'a', 1n]),
      encodeCursor([new Date(0), 'a', '1; DROP TABLE team']),
    ];
    for (const cursor of cursors) {
      expect(() => decodeCursor(cursor, ORDER)).toThrow('after is not a cursor of this list');
    }
  });
});
