import { readFile } from 'node:fs/promises';
import { DomainError } from '../../domain/core/errors.ts';
import { excerpt } from '../../domain/core/excerpt.ts';

/** One JSON object of a file, with the file and line to name when something is wrong with it. */
export interface RecordedRow {
  readonly value: Readonly<Record<string, unknown>>;
  /** `…/pulls.ndjson line 3`. */
  readonly where: string;
}

/** Characters of what the parser says that are shown. */
const MAX_REASON = 160;

/**
 * The rows of a file with one JSON object a line; null when there is no such file. Empty lines are passed over.
 * @throws DomainError INVALID_INPUT with the file, and the line where it is one, that cannot be read
 */
export async function readRows(path: string): Promise<RecordedRow[] | null> {
  const text = await readTextOrNull(path);
  if (text === null) {
    return null;
  }
  return text
    .split('\n')
    .map((line, index) => ({ line, where: `${path} line ${index + 1}` }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, where }) => ({ value: parseObject(line, where), where }));
}

/**
 * A file that is one JSON object; null when there is no such file.
 * @throws DomainError INVALID_INPUT with the file that cannot be read
 */
export async function readObject(path: string): Promise<RecordedRow | null> {
  const text = await readTextOrNull(path);
  return text === null ? null : { value: parseObject(text, path), where: path };
}

async function readTextOrNull(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return null;
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw unreadable(`${path} cannot be read: ${excerpt(reason, MAX_REASON)}.`, error);
  }
}

function parseObject(text: string, where: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw unreadable(`${where} is not valid JSON: ${excerpt(reason, MAX_REASON)}.`, error);
  }
  if (!isRecord(value)) {
    throw unreadable(`${where} is not a JSON object.`);
  }
  return value;
}

/** What is wrong with a recording, in one sentence that names the place. */
export function unreadable(sentence: string, cause?: unknown): DomainError {
  return new DomainError('INVALID_INPUT', sentence, { cause });
}

/** An object that is neither null nor a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
