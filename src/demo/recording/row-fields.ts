import { excerpt } from '../../domain/core/excerpt.ts';
import { isRecord, unreadable } from './ndjson.ts';
import type { RecordedRow } from './ndjson.ts';

/** Follows a path such as `head.ref`; undefined when it ends early. */
function valueAt(row: RecordedRow, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), row.value);
}

function complain(row: RecordedRow, path: string, wanted: string): never {
  const found = valueAt(row, path);
  const problem = found === undefined ? 'is missing' : `is ${excerpt(JSON.stringify(found), 80)}`;
  throw unreadable(`${row.where}: "${path}" ${problem}, where ${wanted} is expected.`);
}

/** A text. It throws INVALID_INPUT naming file, line and field when it is none; so do the others here for their kind. */
export function textAt(row: RecordedRow, path: string): string {
  const value = valueAt(row, path);
  return typeof value === 'string' ? value : complain(row, path, 'a text');
}

/** A text, or null when it is null or missing. */
export function textOrNullAt(row: RecordedRow, path: string): string | null {
  return valueAt(row, path) == null ? null : textAt(row, path);
}

/** A whole number that is exact. */
export function integerAt(row: RecordedRow, path: string): number {
  const value = valueAt(row, path);
  return typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : complain(row, path, 'a whole number');
}

/** A whole number that counts something; null when it is null or missing. */
export function countOrNullAt(row: RecordedRow, path: string): number | null {
  if (valueAt(row, path) == null) {
    return null;
  }
  const count = integerAt(row, path);
  return count >= 0 ? count : complain(row, path, 'a count');
}

/** True or false. */
export function booleanAt(row: RecordedRow, path: string): boolean {
  const value = valueAt(row, path);
  return typeof value === 'boolean' ? value : complain(row, path, 'true or false');
}

/** An instant in GitHub's form. */
export function instantAt(row: RecordedRow, path: string): string {
  const value = textAt(row, path);
  const isInstant =
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(value) && !Number.isNaN(Date.parse(value));
  return isInstant ? value : complain(row, path, 'an instant such as 2022-06-13T15:27:54Z');
}

/** An instant, or null when it is null or missing. */
export function instantOrNullAt(row: RecordedRow, path: string): string | null {
  return valueAt(row, path) == null ? null : instantAt(row, path);
}

/** The object at a path as a row of its own; null when there is none. */
export function objectAt(row: RecordedRow, path: string): RecordedRow | null {
  const value = valueAt(row, path);
  if (value == null) {
    return null;
  }
  return isRecord(value)
    ? { value, where: `${row.where}: ${path}` }
    : complain(row, path, 'an object');
}

/** The objects of a list; none when the list is missing. */
export function objectsAt(row: RecordedRow, path: string): RecordedRow[] {
  const value = valueAt(row, path) ?? [];
  if (!Array.isArray(value) || !value.every(isRecord)) {
    return complain(row, path, 'a list of objects');
  }
  return value.map((one, index) => ({ value: one, where: `${row.where}: ${path}[${index}]` }));
}

/** The number at the end of an address such as `…/pulls/41`. */
export function numberInUrlAt(row: RecordedRow, path: string): number {
  const match = /\/(\d+)$/.exec(textAt(row, path));
  return match === null
    ? complain(row, path, 'an address that ends in a number')
    : Number(match[1]);
}

/** One of the given words. */
export function wordAt<Word extends string>(
  row: RecordedRow,
  path: string,
  words: readonly Word[],
): Word {
  const value = textAt(row, path);
  return words.find((word) => word === value) ?? complain(row, path, words.join(' or '));
}
