import { formatDuration } from './quantities.ts';

/** Clocks that are told the time over a network differ by less, and an answer is on its way for a moment. */
const NOTABLE_SKEW_MS = 10_000;

/** How far a clock is from another one, which is taken to be right: `31 s ahead of GitHub's`. */
export function formatSkew(clock: Date, other: string, otherNow: Date): string {
  const aheadMs = clock.getTime() - otherNow.getTime();
  const distance = formatDuration(Math.round(Math.abs(aheadMs) / 1000));
  return `${distance} ${aheadMs < 0 ? 'behind' : 'ahead of'} ${other}`;
}

/** Milliseconds that a clock is ahead of another one, negative when it is behind; 0 while they differ as all clocks do. */
export function skewMs(clock: Date, otherNow: Date): number {
  const aheadMs = clock.getTime() - otherNow.getTime();
  return Math.abs(aheadMs) < NOTABLE_SKEW_MS ? 0 : aheadMs;
}

/** Whether an instant lies further ahead of a clock than clocks differ that are told the time. */
export function isNotablyAhead(instant: Date, now: Date): boolean {
  return skewMs(instant, now) > 0;
}

/**
 * A sentence for whoever wonders about a refused time, with a space before it; empty when the clocks agree.
 * @param machine whose clock it is: `the gateway`
 * @param other whose clock it is compared with, as a possessive: `the database's`
 */
export function describeSkew(machine: string, clock: Date, other: string, otherNow: Date): string {
  return skewMs(clock, otherNow) === 0
    ? ''
    : ` The clock of ${machine} is ${formatSkew(clock, other, otherNow)}: set both by NTP.`;
}
