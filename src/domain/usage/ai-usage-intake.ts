import type { AiUsageSpelling } from './ai-usage-columns.ts';
import type { AiUsageFact, AiUsageSource } from './ai-usage.ts';
import {
  faultsOf,
  lastUsageDay,
  problemOf,
  readAiUsageRow,
  readLogin,
  type AiUsageFault,
  type AiUsageProblem,
  type RawAiUsageRow,
} from './ai-usage-row.ts';
import { excerpt } from '../core/excerpt.ts';
import type { CalendarDate } from '../rollups/week.ts';

/** Row ids of a team's members by login in lower case; null where several members have had the login. */
export type MembersByLogin = ReadonlyMap<string, bigint | null>;

export interface AiUsageIntakeOptions {
  readonly source: AiUsageSource;
  readonly spelling: AiUsageSpelling;
  readonly members: MembersByLogin;
  readonly now: Date;
  /** Names the row in a message: `line 3`. */
  readonly nameRow: (rowNumber: number) => string;
  /** What to do about several rows of a member and day; null takes them all. */
  readonly duplicateAdvice: string | null;
}

/** A row that can be written. */
export interface TakenAiUsageRow {
  readonly memberId: bigint;
  readonly fact: AiUsageFact;
}

/** Takes the rows of one file or request, one after another. */
export interface AiUsageIntake {
  /**
   * @param rowNumber number of the line or row, from 1 to 2^32 - 1
   * @returns the row with its member, or what is wrong with it; of two rows of one member and day the first is taken,
   * unless all are
   */
  take(rowNumber: number, raw: RawAiUsageRow): TakenAiUsageRow | AiUsageProblem;
}

/** Whether a row was refused. */
export function isAiUsageProblem(row: object): row is AiUsageProblem {
  return 'code' in row;
}

/** Remembers what it has taken: its memory grows with members and months, not with rows. */
export function createAiUsageIntake(options: AiUsageIntakeOptions): AiUsageIntake {
  const { members, nameRow, duplicateAdvice } = options;
  const rowOptions = { ...options, lastDay: lastUsageDay(options.now) };
  const seenDays = createSeenDays();
  return {
    take(rowNumber, raw) {
      const row = readAiUsageRow(raw, rowOptions);
      const login = readLogin(raw);
      const memberId = typeof login === 'string' ? members.get(login.toLowerCase()) : undefined;
      const unknown =
        typeof login === 'string' && typeof memberId !== 'bigint'
          ? [unknownMember(login, memberId)]
          : [];
      const faults = [...(isAiUsageProblem(row) ? faultsOf(row) : []), ...unknown];
      const problem = problemOf(faults);
      if (problem !== null) {
        return problem;
      }
      if (isAiUsageProblem(row) || typeof memberId !== 'bigint') {
        throw new Error('a row without a fault has no member');
      }
      const earlier =
        duplicateAdvice === null ? null : seenDays.record(memberId, row.fact.date, rowNumber);
      if (earlier !== null) {
        return {
          code: 'DUPLICATE_KEY',
          column: null,
          message: `has the same member and day as ${nameRow(earlier)}: ${duplicateAdvice}`,
        };
      }
      return { memberId, fact: row.fact };
    },
  };
}

function unknownMember(login: string, found: null | undefined): AiUsageFault {
  return found === null
    ? {
        code: 'AMBIGUOUS_MEMBER',
        column: 'login',
        message: `"${excerpt(login)}" has been the login of several members: sync their repositories, so that new names are known`,
      }
    : {
        code: 'UNKNOWN_MEMBER',
        column: 'login',
        message: `no member of the team has the login "${excerpt(login)}"`,
      };
}

const DAYS_PER_MONTH = 31;

/** The row number of each member's day: a list of 31 a member and month, 0 where the day was not seen. */
function createSeenDays(): {
  record(memberId: bigint, date: CalendarDate, rowNumber: number): number | null;
} {
  const byMember = new Map<bigint, Map<string, Uint32Array>>();
  return {
    record(memberId, date, rowNumber) {
      let months = byMember.get(memberId);
      if (months === undefined) {
        months = new Map();
        byMember.set(memberId, months);
      }
      const month = date.slice(0, 7);
      let days = months.get(month);
      if (days === undefined) {
        days = new Uint32Array(DAYS_PER_MONTH);
        months.set(month, days);
      }
      const day = Number(date.slice(8)) - 1;
      const earlier = days[day];
      if (earlier !== undefined && earlier !== 0) {
        return earlier;
      }
      days[day] = rowNumber;
      return null;
    },
  };
}
