import { GraphQLScalarType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createApiSchema } from '../../../../src/api/api-schema.ts';

const schema = createApiSchema();

function scalar(name: string): GraphQLScalarType {
  const type = schema.getType(name);
  if (!(type instanceof GraphQLScalarType)) {
    throw new Error(`${name} is no scalar`);
  }
  return type;
}

describe('DateTime', () => {
  const type = scalar('DateTime');

  it('answers in UTC with milliseconds', () => {
    expect(type.serialize(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
  });

  it.each([
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00.5+05:30', '2026-03-01T06:30:00.500Z'],
    ['2026-03-01t12:00:00-08:00', '2026-03-01T20:00:00.000Z'],
  ])('reads %s', (text, instant) => {
    expect(type.parseValue(text)).toEqual(new Date(instant));
  });

  it.each([
    '2026-03-01T12:00:00',
    '2026-03-01',
    'yesterday',
    '2026-03-01T12:00Z',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '2101-01-01T00:00:00Z',
    '+275760-09-13T00:00:00Z',
    1_700_000_000,
    null,
  ])('refuses %s', (text) => {
    expect(() => type.parseValue(text)).toThrow(
      'A DateTime is an instant of the years 1970 to 2100 as RFC 3339 writes it',
    );
  });
});

describe('Date', () => {
  it('passes a calendar date through and refuses all else', () => {
    const type = scalar('Date');
    expect(type.parseValue('2026-02-28')).toBe('2026-02-28');
    expect(type.serialize('2026-02-28')).toBe('2026-02-28');
    const none = ['2026-02-30', '2026-2-3', '2026-02-28T00:00:00Z', '0000-01-01', 20_260_228, ''];
    for (const text of none) {
      expect(() => type.parseValue(text)).toThrow('A Date is a day of the years 1970 to 2100');
    }
  });
});

describe('BigInt', () => {
  it('writes text and reads text or safe integers of 64 bits', () => {
    const type = scalar('BigInt');
    expect(type.serialize(9_007_199_254_740_993n)).toBe('9007199254740993');
    expect(type.parseValue('9007199254740993')).toBe(9_007_199_254_740_993n);
    expect(type.parseValue(-5)).toBe(-5n);
    for (const value of ['1.5', '', 'x', 2 ** 53, 1.5, '9223372036854775808', null]) {
      expect(() => type.parseValue(value)).toThrow('64 bits');
    }
  });
});
