import {
  withSourceLock,
  writeMissingReport,
  writeTotalReport,
  writeUserReport,
  type AiReportKey,
  type AiReportOutcome,
} from '../../db/usage/ai-usage-reports.ts';
import { setAiUsageSourceStatus } from '../../db/usage/ai-usage-sources.ts';
import type { BulkUpsertResult } from '../../db/bulk/bulk-upsert.ts';
import type { DbTransaction } from '../../db/core/client.ts';
import { ensureUsagePartitions } from '../../db/usage/usage-partitions.ts';
import { addDays, toCalendarDate } from '../../domain/rollups/week.ts';
import { BrokenReport } from '../../github/usage/report-download.ts';
import type { ReportRows } from '../../github/usage/report-rows.ts';
import { askSource, type ConnectedSource, type SourceAnswer } from './ai-usage-source.ts';
import type { GitHubContext } from '../requests/request-slot.ts';

/** Attempts at a report that breaks off, each with fresh links. */
const MAX_READINGS = 3;

/** A day that has no report after so many days had fewer than five active users. */
const DAYS_UNTIL_SETTLED = 4;

/** Refused rows that a report's reason names. */
const REFUSALS_SHOWN = 5;

/** Names of unknown blocks that a report's reason holds. */
const UNKNOWN_SHOWN = 10;

/** What a report did to our tables. */
export interface SyncedReport {
  readonly written: number;
  readonly refused: number;
}

/** Writes what was read, in the transaction that it is given. */
type WriteReport = (tx: DbTransaction, outcome: AiReportOutcome) => Promise<BulkUpsertResult>;

/** A report that was read to its end, however many of its rows could be used. */
interface ReadReport {
  readonly rows: number;
  readonly refused: number;
  readonly refusals: ReportRows<unknown>['refusals'];
  /** What each row holds that nobody here knows. */
  readonly unknown: readonly (readonly string[])[];
  readonly write: WriteReport;
}

/** What broke each reading of a report. */
interface BrokenReading {
  readonly broken: string;
}

/**
 * Reads one day's report and writes it with its row in ai_usage_report in one transaction: a report that breaks off is
 * read again from its start, so nothing of it is counted twice, and an attempt after a kill changes nothing.
 */
export async function syncReport(
  context: GitHubContext,
  key: AiReportKey,
): Promise<SourceAnswer<SyncedReport>> {
  const askedAt = context.now();
  const answer = await askSource(context, key, (source) => readReport(source, key));
  if (answer.next !== 'DONE') {
    return answer;
  }
  const read = answer.value;
  await ensureUsagePartitions(context.db, [key.day]);
  const value = await withSourceLock(context.db, key, async (tx): Promise<SyncedReport> => {
    await context.onFailpoint?.('before-commit');
    await setAiUsageSourceStatus(tx, key, 'ACTIVE', null);
    const outcome = { ...outcomeOf(read, key.day, askedAt), askedAt };
    const { refused } = outcome;
    if (read === null || 'broken' in read || read.rows === 0) {
      await writeMissingReport(tx, key, outcome);
      return { written: 0, refused };
    }
    const { inserted, updated } = await read.write(tx, outcome);
    return { written: inserted + updated, refused };
  });
  await context.onFailpoint?.('after-commit');
  return { next: 'DONE', value };
}

/** How a report is recorded. */
function outcomeOf(
  read: ReadReport | BrokenReading | null,
  day: string,
  askedAt: Date,
): Omit<AiReportOutcome, 'askedAt'> {
  if (read !== null && 'broken' in read) {
    const reason = `${read.broken} Nothing of it is stored; the next sync tries again.`;
    return { state: 'REFUSED', reason, refused: 0, unknown: 0 };
  }
  if (read === null || (read.rows === 0 && read.refused === 0)) {
    return { ...missing(day, askedAt), refused: 0, unknown: 0 };
  }
  const { rows, refused } = read;
  const reasons = [describeRefused(read), describeUnknown(read)].filter((one) => one !== null);
  return {
    state: rows === 0 ? 'REFUSED' : 'STORED',
    reason: reasons.length === 0 ? null : reasons.join(' '),
    refused,
    unknown: read.unknown.filter((names) => names.length > 0).length,
  };
}

/** Null when there is no report; what broke it when each reading broke off. */
async function readReport(
  { github, inSlot }: ConnectedSource,
  key: AiReportKey,
): Promise<ReadReport | BrokenReading | null> {
  const { copilot } = github;
  let broken = '';
  for (let reading = 0; reading < MAX_READINGS; reading += 1) {
    try {
      const links = await inSlot((asked) =>
        asked.copilot.listReport(key.kind, key.organization, key.day),
      );
      if (links === null) {
        return null;
      }
      if (key.kind === 'USERS') {
        const report = await copilot.downloadUsers(links, key.day);
        return {
          ...report,
          rows: report.rows.length,
          unknown: report.rows.map((row) => row.unknown ?? []),
          write: (tx, outcome) => writeUserReport(tx, key, report.rows, outcome),
        };
      }
      const report = await copilot.downloadTotals(links, key.day);
      const facts = report.rows.flat();
      return {
        ...report,
        rows: facts.length,
        unknown: [],
        write: (tx, outcome) => writeTotalReport(tx, key, facts, outcome),
      };
    } catch (error) {
      if (!(error instanceof BrokenReport)) {
        throw error;
      }
      broken = error.message;
      if (error.problem === 'TOO_LARGE') {
        break;
      }
    }
  }
  return { broken };
}

/** A report of a recent day may still come. */
function missing(day: string, askedAt: Date): Pick<AiReportOutcome, 'state' | 'reason'> {
  return day > addDays(toCalendarDate(askedAt), -DAYS_UNTIL_SETTLED)
    ? {
        state: 'NO_REPORT_YET',
        reason: 'GitHub has no report of this day yet; the next sync asks again.',
      }
    : {
        state: 'BELOW_THRESHOLD',
        reason:
          'GitHub has no report of this day: fewer than five people used Copilot, or its metrics were off then. There is nothing to do.',
      };
}

/** Names what rows hold that nobody here knows; null when there is nothing. */
function describeUnknown({ unknown }: ReadReport): string | null {
  const rows = unknown.filter((names) => names.length > 0);
  if (rows.length === 0) {
    return null;
  }
  const names = [...new Set(rows.flat())].toSorted();
  const more = names.length > UNKNOWN_SHOWN ? ` and ${names.length - UNKNOWN_SHOWN} more` : '';
  const shown = `${names.slice(0, UNKNOWN_SHOWN).join(', ')}${more}`;
  return `${rows.length} rows hold what this version does not know and does not count: ${shown}.`;
}

/** Where the first refused rows are and what is wrong with them; null when there are none. */
function describeRefused({ refused, refusals }: ReadReport): string | null {
  if (refused === 0) {
    return null;
  }
  const shown = refusals
    .slice(0, REFUSALS_SHOWN)
    .map(({ file, line, problem, reason }) => `file ${file} line ${line}: ${problem}, ${reason}`);
  return `${refused} rows could not be used and were left out: ${shown.join('; ')}.`;
}
