import type { AiUsageRow } from '../src/db/usage/ai-usage-table.ts';
import type { AiUsageSource } from '../src/domain/usage/ai-usage.ts';
import type { RowOf } from '../src/db/bulk/describe-table.ts';
import type { FILE } from '../src/db/pulls/pull-request-tables.ts';
import { addDays, type CalendarDate } from '../src/domain/rollups/week.ts';

/** Rows that every writer of one comparison gets: deterministic, in the order of their key, as sources give them. */
export interface RowSet {
  readonly kind: 'usage' | 'files';
  readonly teams: readonly TeamRows[];
  /** Days of usage, from FIRST_DAY on; of files nothing. */
  readonly days: number;
  /** Rows of a second tool beside the first, at most; undefined: as many as of the first. */
  readonly secondToolRows?: number;
}

export interface TeamRows {
  readonly teamId: string;
  /** Of members or of pull requests, ascending. */
  readonly parentIds: readonly string[];
}

export const FIRST_DAY: CalendarDate = '2025-01-01';

/** With another version every row has other values. */
export function* usageRows(
  set: RowSet,
  { parentIds }: TeamRows,
  version: number,
  syncedAt: Date,
): Generator<AiUsageRow> {
  const days = Array.from({ length: set.days }, (_, index) => addDays(FIRST_DAY, index));
  let second = set.secondToolRows ?? Number.POSITIVE_INFINITY;
  for (const [index, id] of parentIds.entries()) {
    const memberId = BigInt(id);
    for (const [day, date] of days.entries()) {
      const mood = (index * 7 + day * 3) % 50;
      const shown = 40 + mood + version;
      yield toRow(memberId, date, 'COPILOT', shown, mood, mood / 4, syncedAt);
      if (second > 0) {
        second -= 1;
        yield toRow(memberId, date, 'CURSOR', shown, mood, null, syncedAt);
      }
    }
  }
}

/** A literal: rows that are spread from others cost more to make than to write. */
function toRow(
  memberId: bigint,
  date: CalendarDate,
  source: AiUsageSource,
  shown: number,
  mood: number,
  activeHours: number | null,
  syncedAt: Date,
): AiUsageRow {
  return {
    memberId,
    date,
    source,
    suggestionsShown: shown,
    suggestionsAccepted: Math.floor(shown / 3),
    linesSuggested: shown * 4,
    linesAccepted: shown,
    interactions: mood,
    activeHours,
    credits: null,
    syncedAt,
  };
}

const CATEGORIES = ['BACKEND', 'FRONTEND', 'TEST', 'DOCS', 'CONFIG'] as const;

/** Eight or nine files a pull request: 8.4 on average. */
export function* fileRows({ parentIds }: TeamRows, version: number): Generator<RowOf<typeof FILE>> {
  for (const [index, id] of parentIds.entries()) {
    const pullRequestId = BigInt(id);
    const files = index % 5 < 2 ? 9 : 8;
    for (let file = 0; file < files; file += 1) {
      const size = (index * 5 + file * 11) % 90;
      yield {
        pullRequestId,
        path: `services/area-${file}/module-${index % 40}/handler-${size}.ts`,
        changeType: 'MODIFIED',
        changeTypeRaw: null,
        category: CATEGORIES[file % CATEGORIES.length] ?? 'OTHER',
        additions: BigInt(size + version),
        deletions: BigInt(size),
      };
    }
  }
}

/** How many rows a set has. */
export function countRows(set: RowSet): number {
  let count = 0;
  for (const team of set.teams) {
    const rows = set.kind === 'usage' ? usageRows(set, team, 0, new Date(0)) : fileRows(team, 0);
    for (const row of rows) {
      count += row === undefined ? 0 : 1;
    }
  }
  return count;
}
