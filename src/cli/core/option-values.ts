import { InvalidArgumentError } from 'commander';
import { DAY_FORM, INSTANT_FORM, isDay, parseInstant } from '../../domain/core/instants.ts';
import { isSlug } from '../../domain/teams/names.ts';

/** A parser for whole numbers within bounds; `what` names them in the complaint: `whole days`. */
export function wholeNumber(what: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < min || number > max || text.trim() === '') {
      throw new InvalidArgumentError(`give ${what}, ${min} to ${max}.`);
    }
    return number;
  };
}

/** A day (its midnight in UTC) or an instant. */
export function parseDayOrInstant(text: string): Date {
  const instant = parseInstant(isDay(text) ? `${text}T00:00:00Z` : text);
  if (instant === null) {
    throw new InvalidArgumentError(`give ${DAY_FORM}, or ${INSTANT_FORM}.`);
  }
  return instant;
}

/** The beginning of slugs, short enough that numbers fit behind it. */
export function parsePrefix(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,49}$/.test(text)) {
    throw new InvalidArgumentError('give up to 50 small letters, digits and hyphens.');
  }
  return text;
}

/** The slug of a team. */
export function parseSlug(text: string): string {
  if (!isSlug(text)) {
    throw new InvalidArgumentError('give up to 63 small letters, digits and hyphens.');
  }
  return text;
}

/** Gathers the values of an option that may be repeated. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
