import { DomainError } from '../core/errors.ts';

/**
 * What the settings of a team remove. Webhooks, syncs and resolved dead letters go after fixed times, by housekeeping;
 * everything else is retained for ever.
 */
export const RETENTION_KINDS = ['AI_USAGE', 'WEEKLY_METRICS'] as const;

export type RetentionKind = (typeof RETENTION_KINDS)[number];

/** Whether a retention of this kind removes AI usage, which is rolled up first and goes by whole months; null is all kinds. */
export function removesAiUsage(kind: RetentionKind | null): boolean {
  return kind === null || kind === 'AI_USAGE';
}

/** No setting and no command goes below this: a slip of the finger must not empty a dashboard. */
export const MIN_RETENTION_DAYS = 30;
export const MAX_RETENTION_DAYS = 3650;

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The first day that stays: what is dated before it goes, so a row exactly `days` old is retained. Days are UTC days.
 * @param days 30 to 3650
 * @returns YYYY-MM-DD
 * @throws DomainError INVALID_INPUT when `days` is out of its bounds
 */
export function retentionCutoff(now: Date, days: number): string {
  if (!Number.isInteger(days) || days < MIN_RETENTION_DAYS || days > MAX_RETENTION_DAYS) {
    throw new DomainError(
      'INVALID_INPUT',
      `Data is kept for ${MIN_RETENTION_DAYS} to ${MAX_RETENTION_DAYS} days: ${days} is not in between.`,
    );
  }
  return new Date(now.getTime() - days * DAY_MS).toISOString().slice(0, 10);
}
