import type { SortColumn } from '../../db/core/tables.ts';
import { cleanText } from '../../domain/core/clean-text.ts';
import { parseInstant } from '../../domain/core/instants.ts';
import { invalidInput } from './errors.ts';

type SortType = SortColumn['type'];

const WHOLE_NUMBER = /^-?\d{1,19}$/;
const MAX_INTEGER = 2n ** 31n - 1n;
const MAX_BIGINT = 2n ** 63n - 1n;

/** As PostgreSQL holds them; of the numbers below zero, one more has no place here. */
function isWithin(text: string, max: bigint): boolean {
  if (!WHOLE_NUMBER.test(text)) {
    return false;
  }
  const number = BigInt(text);
  return number <= max && number >= -max;
}

function fits(text: string, type: SortType): boolean {
  switch (type) {
    case 'integer':
      return isWithin(text, MAX_INTEGER);
    case 'bigint':
      return isWithin(text, MAX_BIGINT);
    case 'timestamptz':
      return parseInstant(text)?.toISOString() === text;
    case 'text':
      return !cleanText(text).cleaned;
  }
}

/** An opaque cursor of the values that a row is ordered by. */
export function encodeCursor(values: readonly unknown[]): string {
  const parts = values.map((value) =>
    value instanceof Date ? value.toISOString() : String(value),
  );
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  return btoa(String.fromCodePoint(...bytes));
}

/**
 * Reads what `encodeCursor` wrote for a list of this order.
 * @throws DomainError INVALID_INPUT when it is not a cursor of such a list
 */
export function decodeCursor(cursor: string, order: readonly SortColumn[]): string[] {
  const parts = parse(cursor);
  if (
    parts?.length !== order.length ||
    !order.every((sort, index) => fits(parts[index] ?? '', sort.type))
  ) {
    throw invalidInput(
      'after is not a cursor of this list: pass endCursor of the page before, as it is.',
    );
  }
  return parts;
}

function parse(cursor: string): string[] | undefined {
  try {
    const bytes = Uint8Array.from(atob(cursor), (character) => character.codePointAt(0) ?? 0);
    const parts: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string')
      ? parts
      : undefined;
  } catch {
    return undefined;
  }
}
