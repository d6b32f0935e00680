import fc from 'fast-check';
import { probe } from './probe-table.ts';

/** What an array's text form must quote or escape, and what looks like its syntax. */
export const TRICKY = [
  '',
  ' ',
  '"',
  '\\',
  '\\"',
  '"\\',
  ',',
  '{',
  '}',
  '{}',
  '{{"a"}}',
  'NULL',
  'null',
  '\\N',
  "'",
  "'; DROP TABLE probe; --",
  '$1',
  '$$',
  '\n\r\t',
  '\u0001\u001F\u007F',
  'é\u0301',
  '\u202Eשלום',
  '\u{1F468}\u200D\u{1F4BB}',
  '\uFFFD',
  '\u{10FFFF}',
];

const anyText = fc
  .array(fc.oneof(fc.constantFrom(...TRICKY), fc.string({ maxLength: 4 })), { maxLength: 6 })
  .map((parts) => parts.join('').replaceAll('\0', ''));

/** Rows with any values of all types of columns, all of one name. */
export const anyProbe = fc
  .record({
    n: fc.nat(2_147_483_647),
    big: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    isOpen: fc.boolean(),
    note: fc.option(anyText),
    tags: fc.array(anyText, { maxLength: 5 }),
    seenAt: fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    }),
    amount: fc.option(fc.constantFrom('0', '0.10', '-12345678901234567890.123456789', '1e3')),
    day: fc.constantFrom('0001-01-01', '2024-02-29', '9999-12-31'),
  })
  .map(probe);
