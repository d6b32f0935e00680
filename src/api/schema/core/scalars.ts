import { GraphQLError } from 'graphql';
import { isCalendarDate } from '../../../domain/rollups/week.ts';
import { builder } from '../../core/builder.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const INTEGER = /^-?\d{1,19}$/;
const MAX_BIGINT = 2n ** 63n - 1n;

builder.scalarType('DateTime', {
  description:
    'An instant in ISO 8601 format with an offset. Results are in UTC: `2026-03-01T12:00:00.000Z`.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const instant = typeof value === 'string' && INSTANT.test(value) ? new Date(value) : undefined;
    if (instant === undefined || Number.isNaN(instant.getTime())) {
      throw new GraphQLError('A DateTime is ISO 8601 with an offset, like 2026-03-01T12:00:00Z.');
    }
    return instant;
  },
});

builder.scalarType('Date', {
  description: 'A calendar date without a time zone: `2026-03-01`.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== 'string' || !isCalendarDate(value)) {
      throw new GraphQLError('A Date is written like 2026-03-01.');
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
