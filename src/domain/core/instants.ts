import { DomainError } from './errors.ts';

/**
 * Instants and days from outside, as RFC 3339 writes them. Only the years 1970 to 2100, both included, are taken: what
 * lies outside is a wrong clock or a missing value, and JavaScript, PostgreSQL and JSON do not write all of it alike.
 */
const FIRST_YEAR = 1970;
const LAST_YEAR = 2100;

/** How a refused instant should have been written. */
export const INSTANT_FORM =
  'an instant of the years 1970 to 2100 as RFC 3339 writes it, such as 2026-03-01T12:00:00Z';

/** How a refused day should have been written. */
export const DAY_FORM = 'a day of the years 1970 to 2100, such as 2026-03-01';

const TIME = /^[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** Characters of `YYYY-MM-DD`. */
const DAY_LENGTH = 10;

/** Characters of `YYYY-MM-DDTHH:MM:SSZ`, as GitHub and nearly everybody writes an instant. */
const PLAIN_LENGTH = 20;

const FIRST_MS = Date.UTC(FIRST_YEAR, 0, 1);
const END_MS = Date.UTC(LAST_YEAR + 1, 0, 1);
/** The last instant that is taken. */
export const LAST_INSTANT = new Date(END_MS - 1);

const DIGIT_ZERO = '0'.charCodeAt(0);
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Reads an instant with its offset: seconds are required, `t` and `z` may be small, `-00:00` is UTC, what lies below a
 * millisecond is cut off. Leap seconds, 24 o'clock and days that do not exist are refused: no column holds them.
 * @returns null for whatever is no such instant
 */
export function parseInstant(value: unknown): Date | null {
  if (typeof value !== 'string') {
    return null;
  }
  const midnight = toMidnight(value);
  if (midnight === null) {
    return null;
  }
  const plain = value.length === PLAIN_LENGTH ? plainTimeOf(value) : NaN;
  return Number.isNaN(plain)
    ? withTime(midnight, value.slice(DAY_LENGTH))
    : instantAt(midnight + plain);
}

function withTime(midnight: number, time: string): Date | null {
  const parts = TIME.exec(time);
  if (parts === null) {
    return null;
  }
  const [, hour, minute, second, fraction = '', sign, offsetHour = '0', offsetMinute = '0'] = parts;
  const isOnClock = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (!isOnClock || Number(offsetHour) >= 24 || Number(offsetMinute) >= 60) {
    return null;
  }
  const ofDay = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
  const ahead = (Number(offsetHour) * 60 + Number(offsetMinute)) * MINUTE_MS;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return instantAt(midnight + ofDay + milliseconds - (sign === '-' ? -ahead : ahead));
}

/**
 * Reads an instant that whoever gives it has to put right.
 * @param what names it in the sentence: `since`
 * @throws DomainError INVALID_INPUT
 */
export function requireInstant(text: string, what: string): Date {
  const instant = parseInstant(text);
  if (instant === null) {
    throw new DomainError('INVALID_INPUT', `${what} must be ${INSTANT_FORM}.`);
  }
  return instant;
}

/** The instant so many milliseconds after 1970 began; null when it lies outside the years that are taken. */
export function instantAt(milliseconds: number): Date | null {
  return milliseconds >= FIRST_MS && milliseconds < END_MS ? new Date(milliseconds) : null;
}

/** Whether a value is a day that exists, of the years that are taken. */
export function isDay(value: unknown): value is string {
  const isLong = typeof value === 'string' && value.length === DAY_LENGTH;
  const midnight = isLong ? toMidnight(value) : null;
  return midnight !== null && instantAt(midnight) !== null;
}

/** So many days before an instant; the beginning of 1970 where that would lie earlier. */
export function daysBefore(now: Date, days: number): Date {
  return new Date(Math.max(now.getTime() - days * DAY_MS, FIRST_MS));
}

/** Milliseconds since 1970 of the midnight in UTC of the day that a text begins with; null when there is no such day. */
function toMidnight(text: string): number | null {
  const [year, month, day] = [numberAt(text, 0, 4), numberAt(text, 5, 2), numberAt(text, 8, 2)];
  // A year more on both sides: an offset may bring the instant back. Two-digit years mean others to Date.UTC.
  const isYear = year >= FIRST_YEAR - 1 && year <= LAST_YEAR + 1;
  if (!isYear || text[4] !== '-' || text[7] !== '-') {
    return null;
  }
  const midnight = Date.UTC(year, month - 1, day);
  const read = new Date(midnight);
  return read.getUTCMonth() === month - 1 && read.getUTCDate() === day ? midnight : null;
}

/** Milliseconds of the day of `YYYY-MM-DDTHH:MM:SSZ`; NaN where its time is written in another way, or is none. */
function plainTimeOf(text: string): number {
  const isPlain = text[10] === 'T' && text[13] === ':' && text[16] === ':' && text[19] === 'Z';
  const [hour, minute, second] = [
    numberAt(text, 11, 2),
    numberAt(text, 14, 2),
    numberAt(text, 17, 2),
  ];
  return isPlain && hour < 24 && minute < 60 && second < 60
    ? ((hour * 60 + minute) * 60 + second) * 1000
    : NaN;
}

/** The whole number that digits at a place of a text are; NaN where something else stands there. */
function numberAt(text: string, from: number, length: number): number {
  let number = 0;
  for (let at = from; at < from + length; at += 1) {
    const digit = text.charCodeAt(at) - DIGIT_ZERO;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : NaN;
  }
  return number;
}
