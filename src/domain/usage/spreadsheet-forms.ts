import { isDay } from '../core/instants.ts';

/** 2000-01-01 and 2100-12-31 as spreadsheets store them: days since 1899-12-30. */
const FIRST_SERIAL = 36_526;
const LAST_SERIAL = 73_415;

const DAY_LENGTH = 10;
const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/;
/** `3/2/2026`, `02.03.26`, `2026/3/2`. */
const SHORT_DAY = /^\d{1,4}[./ -]\d{1,2}[./ -]\d{1,4}\b/;

/**
 * What a text in the column of days is, when it is a form that spreadsheets and exports write.
 * @returns what to do, to follow the text in a sentence; null for a form that is not known
 */
export function adviseOnDay(text: string): string | null {
  if (/^\d{5}(?:\.\d+)?$/.test(text)) {
    const serial = Number(text);
    return serial >= FIRST_SERIAL && serial <= LAST_SERIAL
      ? 'is the number by which a spreadsheet stores a day: format the column as YYYY-MM-DD'
      : null;
  }
  const day = text.slice(0, DAY_LENGTH);
  if (text.length > DAY_LENGTH && isDay(day) && /^[T ]\d/.test(text.slice(DAY_LENGTH))) {
    return `is an instant: write its UTC day alone, as ${day}`;
  }
  return SHORT_DAY.test(text) && !ISO_DAY.test(text)
    ? 'may be read as more than one day: write it as YYYY-MM-DD'
    : null;
}

const THOUSANDS = /^[+-]?[1-9]\d{0,2}(?:[,.'’\s]\d{3})+(?:[.,]\d+)?$/;
const DOTTED_THOUSANDS = /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+$/;
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;
const CURRENCY = /\p{Sc}|^[A-Z]{3}\s*[\d.,]+$|^[\d.,]+\s*[A-Z]{3}$/u;

/** Turns a decimal comma into a point; a text that may as well have a thousands separator (`1,200`) stays as it is. */
export function withDecimalPoint(text: string): string {
  return DECIMAL_COMMA.test(text) && !THOUSANDS.test(text) ? text.replace(',', '.') : text;
}

/** Whether a text is `1.000`: one, or a thousand of a country where a point separates thousands. */
export function hasDottedThousands(text: string): boolean {
  return DOTTED_THOUSANDS.test(text);
}

/** What stands before the decimals of a number. */
export type DecimalMark = 'COMMA' | 'POINT';

const WITH_COMMA = /^[+-]?(?:\d*|[1-9]\d{0,2}(?:[.'’\s]\d{3})+),\d+$/;
const WITH_POINT = /^[+-]?(?:\d*|[1-9]\d{0,2}(?:[,'’\s]\d{3})+)\.\d+$/;
const IN_DOUBT = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;

/** By which mark a number has decimals; null where it has none, or may have a separator of thousands (`1.200`). */
export function readDecimalMark(text: string): DecimalMark | null {
  if (IN_DOUBT.test(text)) {
    return null;
  }
  return WITH_COMMA.test(text) ? 'COMMA' : WITH_POINT.test(text) ? 'POINT' : null;
}

/** What to do about a number such as `1.200`, of which the rest of a file must say what it is; null for any other. */
export function adviseOnDottedNumber(text: string): string | null {
  if (!IN_DOUBT.test(text) || text.includes(',')) {
    return null;
  }
  const whole = text.replace('.', '');
  return `"${text}" may be ${whole} or ${Number(text)}: write ${whole}, or four decimals, as ${text}0`;
}

/**
 * What a text in a column of numbers is, when it is a form that spreadsheets write.
 * @returns what to do, to follow the text in a sentence; null for a form that is not known
 */
export function adviseOnNumber(text: string): string | null {
  if (THOUSANDS.test(text)) {
    return 'has a separator of thousands or of decimals: write the digits alone, decimals after a point';
  }
  if (CURRENCY.test(text)) {
    return 'has a currency: write the number alone';
  }
  return /\d\s*%$/.test(text) ? 'is a percentage: write the number that was counted' : null;
}
