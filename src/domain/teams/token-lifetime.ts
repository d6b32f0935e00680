import { DomainError } from '../core/errors.ts';

/** Bounds of a token's lifetime in days, and what it is where nobody says. */
export const TOKEN_DAYS = { min: 1, max: 730, default: 90 } as const;

/** The lifetime of a token in days. @throws DomainError INVALID_INPUT */
export function readTokenDays(days: number): number {
  if (!Number.isInteger(days) || days < TOKEN_DAYS.min || days > TOKEN_DAYS.max) {
    throw new DomainError(
      'INVALID_INPUT',
      `days must lie between ${TOKEN_DAYS.min} and ${TOKEN_DAYS.max}, it is ${days}.`,
    );
  }
  return days;
}
