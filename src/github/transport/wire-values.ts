import { cleanText } from '../../domain/core/clean-text.ts';
import { fingerprintOf } from '../../domain/core/fingerprint.ts';
import { LAST_INSTANT, parseInstant } from '../../domain/core/instants.ts';

/**
 * Reads single values of an answer. The schema promises their form, but a broken server, or one that only looks like
 * GitHub, may send anything; what PostgreSQL could not store must stop here, or it would stop the whole page.
 */

/** A value that does not have the form that GitHub's schema promises. */
export class UnreadableError extends Error {}

/** Enough of a reason to find the value; what was sent may be of any length. */
const MAX_REASON_CHARACTERS = 500;

/** Why a value cannot be read, as a text that can be stored. @throws an error that is about something else */
export function reasonOf(error: unknown, prefix = ''): string {
  if (!(error instanceof UnreadableError) && !(error instanceof TypeError)) {
    throw error;
  }
  return cleanText(`${prefix}${error.message}`.slice(0, MAX_REASON_CHARACTERS)).text;
}

/** Enough to recognise a word of a set; GitHub's have at most 30 characters. */
export const MAX_WORD_CHARACTERS = 100;

/** GraphQL's Int and PostgreSQL's integer. */
const MAX_INTEGER = 2_147_483_647;

/** PostgreSQL's bigint. */
const MAX_ID = 2n ** 63n - 1n;

/** As far as JSON's numbers are exact; sums of a thousand of these still fit into a bigint. */
const MAX_SIZE = 2n ** 53n;

/** A row of one of PostgreSQL's B-trees holds 2,704 bytes at most; Git allows longer paths. */
const MAX_KEY_BYTES = 2_500;

/** Cleans every text of one pull request and remembers whether anything had to be replaced. */
export class TextCleaner {
  replaced = false;

  /** @throws UnreadableError when the value is no text */
  clean(value: string, what: string): string {
    if (typeof value !== 'string') {
      throw new UnreadableError(`${what} is no text`);
    }
    const { text, cleaned } = cleanText(value);
    this.replaced ||= cleaned;
    return text;
  }

  /**
   * Cleans a text that is part of a key.
   * @throws UnreadableError also when it is too long for an index
   */
  cleanKey(value: string, what: string, maxBytes = MAX_KEY_BYTES): string {
    const text = this.clean(value, what);
    const bytes = text.length <= maxBytes / 3 ? 0 : new TextEncoder().encode(text).length;
    if (bytes > maxBytes) {
      throw new UnreadableError(`${what} has ${bytes} bytes, more than ${maxBytes}`);
    }
    return text;
  }
}

/**
 * A text as a key can hold it: one that is too long ends in a digest of all of it, so that two of them stay two.
 * @returns the text itself where it fits
 */
export function shortenKey(text: string, maxBytes = MAX_KEY_BYTES): string {
  if (text.length <= maxBytes / 3) {
    return text;
  }
  const encoder = new TextEncoder();
  if (encoder.encode(text).length <= maxBytes) {
    return text;
  }
  const digest = `…${fingerprintOf(text).toString(16).padStart(16, '0')}`;
  const room = new Uint8Array(maxBytes - encoder.encode(digest).length);
  return `${text.slice(0, encoder.encodeInto(text, room).read)}${digest}`;
}

/** A number of GitHub's, 1 to 2^63 - 1; GraphQL sends those of 64 bits as text. */
export function toId(value: string | number | bigint | null | undefined, what: string): bigint {
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (isWhole || (typeof value === 'string' && /^\d{1,19}$/.test(value))) {
    const id = BigInt(value ?? 0);
    if (id > 0n && id <= MAX_ID) {
      return id;
    }
  }
  throw new UnreadableError(`${what} is missing or no number`);
}

/** A whole number, 0 to 2^31 - 1. */
export function toCount(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 0 || value > MAX_INTEGER) {
    throw new UnreadableError(`${what} is ${String(value)}, not a count`);
  }
  return value;
}

/** Lines or files, 0 to 2^53; a number that JSON does not hold exactly is refused. */
export function toSize(value: number | bigint, what: string): bigint {
  const size = typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value) : -1n;
  if (size < 0n || size > MAX_SIZE) {
    throw new UnreadableError(`${what} is ${String(value)}, not a count`);
  }
  return size;
}

/** @throws UnreadableError for anything but true and false */
export function toFlag(value: boolean, what: string): boolean {
  if (typeof value !== 'boolean') {
    throw new UnreadableError(`${what} is neither true nor false`);
  }
  return value;
}

/** An instant of the years 1970 to 2100: GitHub is younger, and others are wrong clocks. */
export function toInstant(value: string, what: string): Date {
  const instant = parseInstant(value);
  if (instant === null) {
    throw new UnreadableError(`${what} is no time of the years 1970 to 2100`);
  }
  return instant;
}

/**
 * When a limit is reset. A time beyond all years becomes the last one that is taken: how long is waited for it is bounded
 * elsewhere, and the rest of the answer is good.
 * @throws UnreadableError for what is no time
 */
export function toReset(value: string, what: string): Date {
  return typeof value === 'string' && Date.parse(value) > LAST_INSTANT.getTime()
    ? LAST_INSTANT
    : toInstant(value, what);
}

/** As `toReset`, for REST, which names it in seconds since 1970. @throws UnreadableError for what is no such number */
export function toResetSeconds(value: number, what: string): Date {
  if (typeof value !== 'number' || !(value >= 0)) {
    throw new UnreadableError(`${what} is ${String(value)}, not a number of seconds`);
  }
  return new Date(Math.min(value * 1000, LAST_INSTANT.getTime()));
}

/** One of the values that our own columns take. */
export function oneOf<Value extends string>(
  value: string,
  set: ReadonlySet<Value>,
  what: string,
): Value {
  if (!set.has(value as Value)) {
    throw new UnreadableError(`${what} is "${value}", which is not known`);
  }
  return value as Value;
}
