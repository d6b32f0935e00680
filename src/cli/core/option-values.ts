import { InvalidArgumentError } from 'commander';

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

/** A day (UTC) or an instant, in ISO 8601. */
export function parseInstant(text: string): Date {
  const instant = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}(T.+)?$/.test(text) || Number.isNaN(instant.getTime())) {
    throw new InvalidArgumentError('give a day such as 2026-01-31, or an instant in ISO 8601.');
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

/** Gathers the values of an option that may be repeated. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
