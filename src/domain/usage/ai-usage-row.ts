import {
  AI_USAGE_NUMBERS,
  isAiUsageColumn,
  type AiUsageNumber,
  type AiUsageSpelling,
} from './ai-usage-columns.ts';
import type { AiUsageCounts, AiUsageFact, AiUsageSource } from './ai-usage.ts';
import {
  adviseOnDay,
  adviseOnNumber,
  hasDottedThousands,
  withDecimalPoint,
} from './spreadsheet-forms.ts';
import { excerpt } from '../core/excerpt.ts';
import { DAY_FORM, isDay } from '../core/instants.ts';
import { toCalendarDate, type CalendarDate } from '../rollups/week.ts';

/** Why a row of AI usage from outside is refused: the row itself, or the line that should hold it. */
export const AI_USAGE_PROBLEM_CODES = [
  'LINE_TOO_LONG',
  'BROKEN_UTF8',
  'NUL_BYTE',
  'TRUNCATED',
  'NOT_JSON',
  'BROKEN_QUOTES',
  'WRONG_FIELD_COUNT',
  'UNKNOWN_COLUMN',
  'MISSING',
  'NOT_TEXT',
  'NOT_A_LOGIN',
  'NOT_A_DATE',
  'DATE_TOO_EARLY',
  'DATE_IN_FUTURE',
  'NOT_A_NUMBER',
  'NOT_FINITE',
  'NOT_WHOLE',
  'NEGATIVE',
  'TOO_LARGE',
  'UNKNOWN_MEMBER',
  'AMBIGUOUS_MEMBER',
  'DUPLICATE_KEY',
] as const;
export type AiUsageProblemCode = (typeof AI_USAGE_PROBLEM_CODES)[number];

/** What is wrong with one row. The message follows the name of the row: "line 3, credits: …". */
export interface AiUsageProblem {
  readonly code: AiUsageProblemCode;
  /** The column it is about, in the sender's spelling; null when it is about the whole row. */
  readonly column: string | null;
  readonly message: string;
  /** What else is wrong with the row; absent where there is nothing else. */
  readonly others?: readonly AiUsageFault[];
}

/** One thing that is wrong with a row. */
export type AiUsageFault = Omit<AiUsageProblem, 'others'>;

/** Enough to mend a row by; a row may have as many columns as its sender likes. */
const MAX_FAULTS = 10;

/** All faults of a row, the first ten of them. */
export function faultsOf({ others = [], ...first }: AiUsageProblem): AiUsageFault[] {
  return [first, ...others];
}

/** The problem of a row that has these faults; null where there is none. */
export function problemOf(faults: readonly AiUsageFault[]): AiUsageProblem | null {
  const [first, ...others] = faults.slice(0, MAX_FAULTS);
  return first === undefined ? null : { ...first, ...(others.length > 0 && { others }) };
}

/** Before it there was no such tool, and no partition is made. */
const FIRST_USAGE_DAY: CalendarDate = '2000-01-01';

/** The zone that is furthest ahead of UTC: where a new day begins first. */
const FURTHEST_ZONE_MS = 14 * 60 * 60 * 1000;

/** GitHub's logins have 39 characters; managed users and apps have a suffix. */
const MAX_LOGIN_LENGTH = 100;

/** The last day that usage may be of: today in the zone that is furthest ahead. */
export function lastUsageDay(now: Date): CalendarDate {
  return toCalendarDate(new Date(now.getTime() + FURTHEST_ZONE_MS));
}

/** A row as it came: names are columns, values are numbers or text. */
export type RawAiUsageRow = Readonly<Record<string, unknown>>;

export interface AiUsageRowOptions {
  readonly source: AiUsageSource;
  readonly spelling: AiUsageSpelling;
  /** From `lastUsageDay`. */
  readonly lastDay: CalendarDate;
}

/** A row that can be used, its member still by login. */
export interface ReadAiUsageRow {
  readonly login: string;
  readonly fact: AiUsageFact;
}

/**
 * Reads one row from outside. Numbers may come as text, as CSV has them, also with a decimal comma; empty text is no
 * value. A login may have an `@` before it.
 * @returns the row, or all that is wrong with it; whether the member exists is not its question
 */
export function readAiUsageRow(
  raw: RawAiUsageRow,
  options: AiUsageRowOptions,
): ReadAiUsageRow | AiUsageProblem {
  const faults: AiUsageFault[] = Object.keys(raw)
    .filter((name) => !isAiUsageColumn(name, options.spelling))
    .slice(0, MAX_FAULTS)
    .map((name) =>
      problem('UNKNOWN_COLUMN', excerpt(name), 'is no column of AI usage: take it out'),
    );
  const login = readLogin(raw);
  const date = readDay(raw, options.lastDay);
  const counts = readCounts(raw, options.spelling);
  for (const part of [login, date]) {
    if (typeof part !== 'string') {
      faults.push(part);
    }
  }
  faults.push(...counts.faults);
  const wrong = problemOf(faults);
  return wrong === null && typeof login === 'string' && typeof date === 'string'
    ? { login, fact: { date, source: options.source, ...counts.counts } }
    : (wrong ?? problem('MISSING', null, 'cannot be read'));
}

/** The numbers of a row, and what is wrong with them. */
function readCounts(
  raw: RawAiUsageRow,
  spelling: AiUsageSpelling,
): { readonly counts: AiUsageCounts; readonly faults: readonly AiUsageFault[] } {
  const faults: AiUsageFault[] = [];
  const counts: Partial<Record<keyof AiUsageCounts, number | null>> = {};
  let present = 0;
  for (const field of AI_USAGE_NUMBERS) {
    const value = raw[field[spelling]];
    if (isAbsent(value)) {
      counts[field.key] = field.absent;
      continue;
    }
    present += 1;
    const number = readNumber(value, field, field[spelling]);
    if (typeof number === 'number') {
      counts[field.key] = number;
    } else {
      faults.push(number);
    }
  }
  if (present === 0) {
    faults.push(problem('MISSING', null, 'has no number at all: give at least one'));
  }
  return { counts: counts as AiUsageCounts, faults };
}

function problem(code: AiUsageProblemCode, column: string | null, message: string): AiUsageProblem {
  return { code, column, message };
}

function isAbsent(value: unknown): boolean {
  return (
    value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
  );
}

function readText(raw: RawAiUsageRow, name: 'login' | 'date'): string | AiUsageProblem {
  const value = raw[name];
  if (isAbsent(value)) {
    return problem('MISSING', name, 'is missing');
  }
  return typeof value === 'string'
    ? value.trim()
    : problem('NOT_TEXT', name, `must be text, it is ${describe(value)}`);
}

/** The login of a row as it is looked up, or why it cannot be one. */
export function readLogin(raw: RawAiUsageRow): string | AiUsageProblem {
  const text = readText(raw, 'login');
  if (typeof text !== 'string') {
    return text;
  }
  const login = text.startsWith('@') ? text.slice(1) : text;
  if (login.includes('@')) {
    const message = `"${excerpt(login)}" is an e-mail address: write the member's login on GitHub`;
    return problem('NOT_A_LOGIN', 'login', message);
  }
  return login.length > MAX_LOGIN_LENGTH
    ? problem('UNKNOWN_MEMBER', 'login', `"${excerpt(login)}" is too long for a login`)
    : login;
}

function readDay(raw: RawAiUsageRow, lastDay: CalendarDate): CalendarDate | AiUsageProblem {
  const day = readText(raw, 'date');
  if (typeof day !== 'string') {
    return day;
  }
  if (!isDay(day)) {
    const advice = adviseOnDay(day);
    const message =
      advice === null
        ? `must be ${DAY_FORM}, it is ${describe(day)}`
        : `${describe(day)} ${advice}`;
    return problem('NOT_A_DATE', 'date', message);
  }
  if (day < FIRST_USAGE_DAY) {
    return problem('DATE_TOO_EARLY', 'date', `${day} lies before ${FIRST_USAGE_DAY}`);
  }
  return day > lastDay
    ? problem(
        'DATE_IN_FUTURE',
        'date',
        `${day} lies in the future: by the clock of the database the last day is ${lastDay}`,
      )
    : day;
}

const PLAIN_NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const NO_NUMBER = /^(?:nan|[+-]?inf(?:inity)?)$/i;

function readNumber(value: unknown, field: AiUsageNumber, name: string): number | AiUsageProblem {
  const text = typeof value === 'string' ? withDecimalPoint(value.trim()) : null;
  // 1.000 of a count may be a thousand; of an amount it is read as it stands.
  const isPlain =
    text !== null && PLAIN_NUMBER.test(text) && (field.decimals > 0 || !hasDottedThousands(text));
  const number = isPlain ? Number(text) : value;
  if (typeof number !== 'number') {
    if (text !== null && NO_NUMBER.test(text)) {
      return problem('NOT_FINITE', name, `must be a number, it is ${describe(value)}`);
    }
    const advice = text === null ? null : adviseOnNumber(text);
    const what = advice === null ? 'must be a number, it is' : '';
    return problem('NOT_A_NUMBER', name, `${what} ${describe(value)} ${advice ?? ''}`.trim());
  }
  if (!Number.isFinite(number)) {
    return problem('NOT_FINITE', name, `must be a number, it is ${describe(value)}`);
  }
  if (number < 0) {
    return problem('NEGATIVE', name, `must not be negative, it is ${describe(value)}`);
  }
  if (number > field.max) {
    return problem('TOO_LARGE', name, `must be at most ${field.max}, it is ${describe(value)}`);
  }
  if (field.decimals === 0) {
    return Number.isInteger(number)
      ? number + 0
      : problem('NOT_WHOLE', name, `must be a whole number, it is ${describe(value)}`);
  }
  const scale = 10 ** field.decimals;
  return Math.round(number * scale) / scale;
}

function describe(value: unknown): string {
  if (typeof value === 'string') {
    return `"${excerpt(value)}"`;
  }
  if (Array.isArray(value)) {
    return 'a list';
  }
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
