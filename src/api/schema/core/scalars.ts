import { GraphQLError } from 'graphql';
import { DAY_FORM, INSTANT_FORM, isDay, parseInstant } from '../../../domain/core/instants.ts';
import { builder } from '../../core/builder.ts';

const INTEGER = /^-?\d{1,19}$/;
const MAX_BIGINT = 2n ** 63n - 1n;

builder.scalarType('DateTime', {
  description:
    'An instant of the years 1970 to 2100, both included, in the form of RFC 3339. Any offset is accepted; leap seconds and days that do not exist are not. Results are in UTC, with milliseconds: `2026-03-01T12:00:00.000Z`.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const instant = parseInstant(value);
    if (instant === null) {
      throw new GraphQLError(`A DateTime is ${INSTANT_FORM}.`);
    }
    return instant;
  },
});

builder.scalarType('Date', {
  description:
    'A calendar date of the years 1970 to 2100, both included, without a time zone: `2026-03-01`.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (!isDay(value)) {
      throw new GraphQLError(`A Date is ${DAY_FORM}.`);
    }
    return value;
  },
});

builder.scalarType('BigInt', {
  description:
    'A 64-bit integer, written as a string so that no client rounds it: `"12345678901"`.',
  serialize: (value) => value.toString(),
  parseValue: (value) => {
    const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
    const number = typeof text === 'string' && INTEGER.test(text) ? BigInt(text) : undefined;
    if (number === undefined || number > MAX_BIGINT || number < -MAX_BIGINT) {
      throw new GraphQLError('A BigInt is a whole number of 64 bits, written as a string.');
    }
    return number;
  },
});
