import { expect, it } from 'vitest';
import { formatQuantity, type Unit } from '../../../../src/domain/core/quantities.ts';

it.each<[string | number | null, Unit, string]>([
  [null, 'bytes', '–'],
  ['text', 'text', 'text'],
  [7, 'text', '7'],
  [1_234_567, 'count', '1,234,567'],
  [0, 'bytes', '0 B'],
  [1023, 'bytes', '1023 B'],
  [19.5 * 1024, 'bytes', '19.5 KB'],
  [388 * 1024 ** 2, 'bytes', '388 MB'],
  [2.5 * 1024 ** 5, 'bytes', '2560 TB'],
  [0.9982, 'share', '99.8 %'],
  [0.99999, 'share', '99.99 %'],
  [1, 'share', '100 %'],
  [100_000, 'seconds', '1 d 3 h'],
  [0.1234, 'milliseconds', '0.12 ms'],
  [1234.5, 'milliseconds', '1235 ms'],
])('%s as %s is %s', (value, unit, text) => {
  expect(formatQuantity(value, unit)).toBe(text);
});
