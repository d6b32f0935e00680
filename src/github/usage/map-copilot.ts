import { classifyActor, type ActorFact } from '../../domain/members/actor.ts';
import type {
  AiUsageDimension,
  AiUsageTotalFact,
  AiUserUsage,
  AiSeatCounts,
  AiSeatFact,
  ReportRowProblem,
} from '../../domain/usage/ai-usage-report.ts';
import { MAX_DAILY_COUNT, MAX_DAILY_CREDITS } from '../../domain/usage/ai-usage-columns.ts';
import { isDay } from '../../domain/core/instants.ts';
import type { CalendarDate } from '../../domain/rollups/week.ts';
import { readUse } from './copilot-use.ts';
import { TextCleaner, toId, toInstant, UnreadableError } from '../transport/wire-values.ts';

/** A row that is left out, with the reason. */
export class UnusableRow extends Error {
  readonly problem: ReportRowProblem;

  constructor(problem: ReportRowProblem, message: string) {
    super(message);
    this.name = 'UnusableRow';
    this.problem = problem;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Of the largest organisation. */
const MAX_COUNT_OF_AN_ORGANIZATION = 1_000_000_000_000;

/** Where the breakdowns of an organisation's row are, and what each entry is named by. */
const BREAKDOWNS: readonly (readonly [AiUsageDimension, list: string, name: string])[] = [
  ['EDITOR', 'totals_by_ide', 'ide'],
  ['FEATURE', 'totals_by_feature', 'feature'],
  ['LANGUAGE', 'totals_by_language_feature', 'language'],
  ['MODEL', 'totals_by_model_feature', 'model'],
];

const SEEN_IN_REPORT = 'seen in a Copilot report';

/**
 * Reads one line of a report per user. Generations are what was shown, acceptances what was accepted; lines are those
 * that were suggested to be added, and those that were added.
 * @throws UnusableRow
 */
export function mapUserRow(text: string, day: CalendarDate): AiUserUsage {
  return reading(() => {
    const row = parseRow(text, day);
    const counts = readCounts(row, MAX_DAILY_COUNT);
    const credits = toCredits(row['ai_credits_used']);
    const { isUse, unknown } = readUse(row, day);
    const isShown = (credits ?? 0) > 0 || Object.values(counts).some((n) => n > 0);
    return {
      actor: toActor(row['user_id'], row['user_login']),
      ...(unknown.length > 0 && { unknown }),
      usage: {
        date: day,
        source: 'COPILOT',
        ...counts,
        activeHours: null,
        credits,
        ...(isUse && !isShown && { isMarkedUsed: true }),
      },
    };
  });
}

/**
 * Reads the line of an organisation's report: the total, and what it has by editor, feature, language and model.
 * Entries of one name, such as a language in two features, are added up.
 * @throws UnusableRow
 */
export function mapOrganizationRow(text: string, day: CalendarDate): AiUsageTotalFact[] {
  return reading(() => {
    const row = parseRow(text, day);
    const users = row['daily_active_users'];
    const total: AiUsageTotalFact = {
      date: day,
      dimension: 'TOTAL',
      name: '',
      activeUsers:
        users === undefined || users === null
          ? null
          : toCount(users, 'daily_active_users', MAX_COUNT_OF_AN_ORGANIZATION),
      ...readCounts(row, MAX_COUNT_OF_AN_ORGANIZATION),
    };
    const parts = BREAKDOWNS.flatMap(([dimension, list, name]) =>
      readBreakdown(row[list], list, { dimension, name, day }),
    );
    return [total, ...parts];
  });
}

function readBreakdown(
  entries: unknown,
  list: string,
  { dimension, name, day }: { dimension: AiUsageDimension; name: string; day: CalendarDate },
): AiUsageTotalFact[] {
  if (entries === undefined || entries === null) {
    return [];
  }
  if (!Array.isArray(entries)) {
    throw new UnusableRow('MALFORMED', `${list} is no list`);
  }
  const byName = new Map<string, AiUsageTotalFact>();
  for (const entry of entries as readonly unknown[]) {
    const fields = toFields(entry, `an entry of ${list}`);
    const key = toName(fields[name], name) ?? 'unknown';
    const counts = readCounts(fields, MAX_COUNT_OF_AN_ORGANIZATION);
    const before = byName.get(key);
    byName.set(key, {
      date: day,
      dimension,
      name: key,
      activeUsers: null,
      suggestionsShown: (before?.suggestionsShown ?? 0) + counts.suggestionsShown,
      suggestionsAccepted: (before?.suggestionsAccepted ?? 0) + counts.suggestionsAccepted,
      linesSuggested: (before?.linesSuggested ?? 0) + counts.linesSuggested,
      linesAccepted: (before?.linesAccepted ?? 0) + counts.linesAccepted,
      interactions: (before?.interactions ?? 0) + counts.interactions,
    });
  }
  return [...byName.values()];
}

function readCounts(row: Fields, max: number) {
  const count = (name: string): number => {
    const value = row[name];
    // The report leaves out what a person has not used.
    return value === undefined || value === null ? 0 : toCount(value, name, max);
  };
  return {
    suggestionsShown: count('code_generation_activity_count'),
    suggestionsAccepted: count('code_acceptance_activity_count'),
    linesSuggested: count('loc_suggested_to_add_sum'),
    linesAccepted: count('loc_added_sum'),
    interactions: count('user_initiated_interaction_count'),
  };
}

function toCount(value: unknown, what: string, max: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > max) {
    throw new UnusableRow('BAD_COUNT', `${what} is ${excerpt(value)}, not a count of up to ${max}`);
  }
  return value as number;
}

function toCredits(value: unknown): number | null {
  if (value === undefined || value === null) {
    return null;
  }
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_DAILY_CREDITS)) {
    throw new UnusableRow('BAD_COUNT', `ai_credits_used is ${excerpt(value)}, not an amount`);
  }
  return Math.round(value * 10_000) / 10_000;
}

/** Enough of a value to find it in the file. */
function excerpt(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeof value;
}

function parseRow(text: string, day: CalendarDate): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnusableRow('MALFORMED', 'the line is not valid JSON');
  }
  const row = toFields(value, 'the line');
  if (row['day'] !== day) {
    const named = isDay(row['day']) ? row['day'] : 'none';
    throw new UnusableRow('WRONG_DAY', `the row's day is ${named}, the report's is ${day}`);
  }
  return row;
}

function toFields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnusableRow('MALFORMED', `${what} is no JSON object`);
  }
  return value as Fields;
}

function toActor(id: unknown, login: unknown): ActorFact {
  if (id === undefined || id === null || typeof login !== 'string' || login === '') {
    throw new UnusableRow('NO_USER', 'the row names no user by id and login');
  }
  const clean = new TextCleaner().cleanKey(login, 'login');
  const { kind, kindRule } = classifyActor(clean, 'User');
  return {
    githubId: toId(id as number, `id of user ${clean}`),
    login: clean,
    name: null,
    kind,
    // A report does not say what kind of account it is; only logins show bots.
    kindRule: kind === 'HUMAN' ? SEEN_IN_REPORT : kindRule,
  };
}

function toName(value: unknown, what: string): string | null {
  const text = typeof value === 'string' ? new TextCleaner().cleanKey(value, what).trim() : '';
  return text === '' ? null : text;
}

/** Reads a seat's row; null for a seat that is assigned to nobody. */
export function mapSeat(value: unknown): AiSeatFact | null {
  return reading(() => {
    const seat = toFields(value, 'a seat');
    if (seat['assignee'] === undefined || seat['assignee'] === null) {
      return null;
    }
    const assignee = toFields(seat['assignee'], 'the assignee');
    const cancelled = seat['pending_cancellation_date'];
    return {
      actor: toActor(assignee['id'], assignee['login']),
      plan: toName(seat['plan_type'], 'plan_type'),
      editor: toName(seat['last_activity_editor'], 'last_activity_editor'),
      assignedAt: toTime(seat['created_at'], 'created_at'),
      lastActivityAt: toTime(seat['last_activity_at'], 'last_activity_at'),
      pendingCancellationOn: isDay(cancelled) ? cancelled : null,
    };
  });
}

function toTime(value: unknown, what: string): Date | null {
  return value === undefined || value === null ? null : toInstant(value as string, what);
}

/** Reads the counts of seats that an organisation is billed for. */
export function mapSeatCounts(value: unknown): AiSeatCounts {
  return reading(() => {
    const seats = toFields(toFields(value, 'the answer')['seat_breakdown'], 'seat_breakdown');
    const count = (name: string): number => {
      const given = seats[name];
      return given === undefined || given === null
        ? 0
        : toCount(given, name, MAX_COUNT_OF_AN_ORGANIZATION);
    };
    return {
      total: count('total'),
      activeThisCycle: count('active_this_cycle'),
      inactiveThisCycle: count('inactive_this_cycle'),
      pendingCancellation: count('pending_cancellation'),
    };
  });
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableError) {
      throw new UnusableRow('MALFORMED', error.message);
    }
    throw error;
  }
}
