import { describe, expect, it } from 'vitest';
import { toArrayLiteral } from '../../../../src/db/core/array-literal.ts';

/** That PostgreSQL reads back what was written is tested against PostgreSQL, with the bulk writer. */
describe("an array in PostgreSQL's text form", () => {
  it.each([
    ['nothing', [], '{}'],
    ['NULL and the text of it', [null, 'NULL', ''], '{NULL,"NULL",""}'],
    ['quotes and backslashes', ['"', '\\', '\\"'], String.raw`{"\"","\\","\\\""}`],
    ['what separates', [',', '{', '}', ' ', '\n'], '{",","{","}"," ","\n"}'],
    ['numbers', [1, -2, 0.5, 9_007_199_254_740_993n], '{1,-2,0.5,9007199254740993}'],
    ['flags', [true, false], '{true,false}'],
    ['instants', [new Date('2026-03-04T12:00:00.001Z')], '{"2026-03-04T12:00:00.001Z"}'],
    ['a literal in a literal', [toArrayLiteral(['a"b'])], String.raw`{"{\"a\\\"b\"}"}`],
  ])('of %s', (_, values, expected) => {
    expect(toArrayLiteral(values)).toBe(expected);
  });

  it('is refused for an instant that is none', () => {
    expect(() => toArrayLiteral([new Date(Number.NaN)])).toThrow(RangeError);
  });
});
