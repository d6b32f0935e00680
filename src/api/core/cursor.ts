import type { SortColumn } from '../../db/core/tables.ts';
import { invalidInput } from './errors.ts';

type SortType = SortColumn['type'];

const INTEGER = /^-?\d{1,9}$/;
const BIGINT = /^-?\d{1,18}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

function fits(text: string, type: SortType): boolean {
  switch (type) {
    case 'integer':
      return INTEGER.test(text);
    case 'bigint':
      return BIGINT.test(text);
    case 'timestamptz':
      return INSTANT.test(text) && !Number.isNaN(Date.parse(text));
    case 'text':
      return !text.includes('\0');
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
