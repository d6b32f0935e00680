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
