import type { Person } from './people.ts';
import type { Random } from '../core/random.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const DAY_STARTS_AT = 9;
const DAY_ENDS_AT = 18;
const EVENING_ENDS_AT = 22;
const EVENING_SHARE = 0.25;
const WEEKEND_SHARE = 0.05;
const THURSDAY = 4;

/** When people work, each in their own time zone. Instants are milliseconds since 1970. */
export interface WorkCalendar {
  /** How likely the person is at work then, from 0 to 1. */
  presence(person: Person, at: number): number;
  /** The first moment from `at` on at which the person works. */
  nextWork(person: Person, at: number, random: Random): number;
}

/** Days since 1970, UTC. */
export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS);
}

/** 0 is Sunday; 1970 began on a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + THURSDAY) % 7) + 7) % 7;
}

/** Saturday or Sunday, for a day since 1970. */
export function isWeekend(day: number): boolean {
  return [0, 6].includes(weekdayOf(day));
}

const WEEK_MS = 7 * DAY_MS;

/** A calendar that asks for a zone's offset once a week, so the week in which clocks change is off by an hour. */
export function createWorkCalendar(): WorkCalendar {
  const zones = new Map<string, { format: Intl.DateTimeFormat; offsets: Map<number, number> }>();

  function offsetAt(timeZone: string, at: number): number {
    const zone = zones.get(timeZone) ?? { format: createFormat(timeZone), offsets: new Map() };
    zones.set(timeZone, zone);
    const week = Math.floor(at / WEEK_MS);
    const offset = zone.offsets.get(week) ?? readOffset(zone.format, week * WEEK_MS);
    zone.offsets.set(week, offset);
    return offset;
  }

  return {
    presence(person, at) {
      const local = at + offsetAt(person.timeZone, at);
      const hour = (local % DAY_MS) / HOUR_MS;
      if (hour < DAY_STARTS_AT || hour >= EVENING_ENDS_AT) {
        return 0;
      }
      const share = hour < DAY_ENDS_AT ? 1 : EVENING_SHARE;
      return isWeekend(dayOf(local)) ? share * WEEKEND_SHARE : share;
    },
    nextWork(person, at, random) {
      const offset = offsetAt(person.timeZone, at);
      const local = at + offset;
      const hour = (local % DAY_MS) / HOUR_MS;
      const works = hour >= DAY_STARTS_AT && hour < DAY_ENDS_AT;
      const staysLate =
        random.chance(EVENING_SHARE) && hour >= DAY_ENDS_AT && hour < EVENING_ENDS_AT;
      let day = dayOf(local);
      if (!isWeekend(day) && (works || staysLate)) {
        return at;
      }
      day += hour < DAY_STARTS_AT ? 0 : 1;
      while (isWeekend(day)) day += 1;
      const begins = day * DAY_MS + DAY_STARTS_AT * HOUR_MS - offset;
      return Math.floor(begins + random.next() * 100 * MINUTE_MS);
    },
  };
}

function createFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
}

/** Reads `GMT+05:30` as milliseconds. */
function readOffset(format: Intl.DateTimeFormat, at: number): number {
  const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /([+-])(\d\d):(\d\d)/.exec(name);
  if (match === null) {
    return 0;
  }
  const [, sign, hours, minutes] = match;
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS);
}
