/** Days from one date to another, each a date as text or an instant; NaN when one of them is neither. */
export function countDays(from: unknown, to: unknown): number {
  return (toMilliseconds(to) - toMilliseconds(from)) / 86_400_000;
}

function toMilliseconds(date: unknown): number {
  return date instanceof Date || typeof date === 'string' ? new Date(date).getTime() : Number.NaN;
}
