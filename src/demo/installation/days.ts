import { toUtcMidnight } from '../../domain/rollups/week.ts';
import { DAY_MS } from '../organisation/calendar.ts';
import type { InstallationOptions } from './plan.ts';

/** Days since 1970. */
export interface DayWindow {
  readonly first: number;
  readonly last: number;
}

/** The days that are written. */
export function windowOf({ today, days }: InstallationOptions): DayWindow {
  const end = toUtcMidnight(today).getTime() / DAY_MS;
  return { first: end - days, last: end - 1 };
}

/** Pull requests that are numbered count from here. */
const FIRST_DAY = Date.UTC(2020, 0, 1) / DAY_MS;

/**
 * Numbers of the pull requests that were opened on a day. Any `days` days in a row have exactly `pullRequestsPerTeam`
 * of them, and a day has the same ones whenever it is asked for.
 */
export function numbersOf(
  { days, pullRequestsPerTeam }: InstallationOptions,
  day: number,
): readonly number[] {
  const before = (until: number): number =>
    Math.floor(((until - FIRST_DAY) * pullRequestsPerTeam) / days);
  const first = before(day);
  return Array.from({ length: before(day + 1) - first }, (_, index) => first + index + 1);
}
