import { recordAudit } from '../../db/core/admin-audit.ts';
import { readDatabaseClock } from '../../db/core/database-clock.ts';
import {
  AI_USAGE_IMPORT,
  countDirtyWeeks,
  readMembersByLogin,
} from '../../db/usage/ai-usage-import.ts';
import { AI_USAGE, type AiUsageRow } from '../../db/usage/ai-usage-table.ts';
import { bulkUpsert, type BulkCounts } from '../../db/bulk/bulk-upsert.ts';
import { readTeamId } from '../../db/teams/provision.ts';
import { rollUpTeam } from '../../db/rollups/roll-up-team.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import {
  createAiUsageIntake,
  isAiUsageProblem,
  type TakenAiUsageRow,
} from '../../domain/usage/ai-usage-intake.ts';
import { createAiUsageSums } from '../../domain/usage/ai-usage-sums.ts';
import type { AiUsageSource } from '../../domain/usage/ai-usage.ts';
import {
  faultsOf,
  type AiUsageFault,
  type AiUsageProblem,
  type RawAiUsageRow,
} from '../../domain/usage/ai-usage-row.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { withBulkSession, type BulkSession } from '../database/bulk-session.ts';
import type { Platform } from '../platform/platform.ts';

/** A row of a file with the line it begins on, or why there is none: it cannot be read, or is a title, note or total. */
export type AiUsageLine =
  | { readonly line: number; readonly row: RawAiUsageRow }
  | { readonly line: number; readonly passedOver: true }
  | { readonly line: number; readonly problem: AiUsageProblem };

/** A file that can be read from its beginning more than once. */
export interface AiUsageFile {
  readonly name: string;
  /** Its rows, some at a time; columns are spelled as in files. */
  lines(): AsyncIterable<readonly AiUsageLine[]>;
  /** Whether it is another one than when it was opened. */
  hasChanged(): Promise<boolean>;
}

export interface AiUsageFileOptions {
  readonly teamSlug: string;
  readonly source: AiUsageSource;
  readonly file: AiUsageFile;
  /** Reads and checks, and writes nothing. */
  readonly dryRun: boolean;
  /** Writes the good rows when others are bad; without it nothing is written then. */
  readonly skipBad: boolean;
  /** Adds up the rows of a member and day; without it a second one is bad. */
  readonly sum: boolean;
  readonly signal: AbortSignal;
  /** Hears each fault of a row. */
  readonly onProblem: (line: number, problem: AiUsageFault) => void;
  /** A line that holds a title, a note or a total, and is no row. */
  readonly onPassedOver: (line: number) => void;
  readonly onProgress: (message: string) => void;
}

export interface AiUsageFileSummary {
  readonly rows: number;
  readonly refused: number;
  /** With `sum`: days of members that the good rows add up to. */
  readonly summed?: number;
  /** Null when nothing was written. */
  readonly written: (WrittenRows & { readonly weeksRolledUp: number }) | null;
}

type Told = Pick<AiUsageFileOptions, 'onProblem' | 'onPassedOver'>;

type WrittenRows = Pick<BulkCounts, 'inserted' | 'updated' | 'unchanged'>;

interface AiUsageFileImport extends AiUsageFileOptions, BulkSession {
  readonly teamId: bigint;
  /** By the clock of the database. */
  readonly now: Date;
}

/**
 * Writes the usage of a file. Unless bad rows are skipped, the whole file is read and checked before the first row is
 * written. Chunks are committed one by one: when it is stopped in between, the same import again goes on.
 * Memory grows with the members and the months of the file, not with its rows, also where they are added up.
 * @throws DomainError NOT_FOUND without such a team; INVALID_INPUT when the file has no rows, or changes while it is read;
 * LIMIT_EXCEEDED when too many months of members are to be added up
 */
export async function importTeamUsage(
  platform: Pick<Platform, 'database'>,
  options: AiUsageFileOptions,
): Promise<AiUsageFileSummary> {
  return withBulkSession(platform, 'throughline import', async (session) => {
    const teamId = await readTeamId(session.maintenance, options.teamSlug);
    const now = await withTeam(session.db, teamId, readDatabaseClock);
    return importFile({ ...session, ...options, teamId, now });
  });
}

async function importFile(job: AiUsageFileImport): Promise<AiUsageFileSummary> {
  const { file, teamId } = job;
  const checksFirst = job.dryRun || !job.skipBad;
  if (checksFirst) {
    const checked: Totals = { rows: 0, refused: 0 };
    for await (const _rows of readRows(job, checked, 'checked', job)) {
      // Counting is all that is wanted of it.
    }
    if (job.dryRun || checked.refused > 0) {
      return { ...checked, written: null };
    }
  }
  if (await file.hasChanged()) {
    throw changed(file);
  }
  const totals: Totals = { rows: 0, refused: 0 };
  const told: Told = checksFirst
    ? {
        onProblem: () => {
          throw changed(file);
        },
        onPassedOver: () => undefined,
      }
    : job;
  let written: WrittenRows | undefined;
  try {
    const rows = readRows(job, totals, 'written', told);
    const counts = await bulkUpsert(job.bulk, AI_USAGE, teamId, eachOf(rows));
    const { inserted, updated, unchanged } = counts;
    written = { inserted, updated, unchanged };
    if (await file.hasChanged()) {
      throw changed(file);
    }
  } catch (error) {
    // What is committed stays. Where the database has gone away, why it stopped says more than that the audit failed.
    await audit(job, totals, written).catch(() => {
      job.onProgress('the audit does not name this import: the database did not take it');
    });
    throw error;
  }
  await audit(job, totals, written);
  const weeks = await withTeam(job.db, teamId, (tx) => countDirtyWeeks(tx, teamId));
  job.onProgress(`rolling up ${weeks} weeks`);
  const weeksRolledUp = await rollUpTeam(job.db, teamId, job.signal);
  return { ...totals, written: { ...written, weeksRolledUp } };
}

function changed(file: AiUsageFile): DomainError {
  return new DomainError(
    'INVALID_INPUT',
    `${file.name} changed while it was read: import it again when it is complete. Rows that were written already are found unchanged then.`,
  );
}

interface Totals {
  rows: number;
  refused: number;
  summed?: number;
}

async function* eachOf<Row>(batches: AsyncIterable<readonly Row[]>): AsyncGenerator<Row> {
  for await (const batch of batches) {
    yield* batch;
  }
}

/** Reads the file once; good rows are handed on, some at a time, bad ones told. */
async function* readRows(
  job: AiUsageFileImport,
  totals: Totals,
  verb: string,
  { onProblem, onPassedOver }: Told,
): AsyncGenerator<AiUsageRow[]> {
  const { teamId, source, now } = job;
  const intake = createAiUsageIntake({
    source,
    now,
    spelling: 'column',
    members: await withTeam(job.db, teamId, (tx) => readMembersByLogin(tx, teamId)),
    nameRow: (rowNumber) => `line ${rowNumber}`,
    duplicateAdvice: job.sum ? null : 'add them up with --sum',
  });
  const sums = job.sum ? createAiUsageSums(source) : null;
  for await (const lines of job.file.lines()) {
    job.signal.throwIfAborted();
    const rows: AiUsageRow[] = [];
    for (const line of lines) {
      if ('passedOver' in line) {
        onPassedOver(line.line);
        continue;
      }
      totals.rows += 1;
      const taken = 'problem' in line ? line.problem : intake.take(line.line, line.row);
      const problem = isAiUsageProblem(taken) ? taken : (sums?.add(taken) ?? null);
      if (problem !== null) {
        totals.refused += 1;
        faultsOf(problem).forEach((fault) => onProblem(line.line, fault));
      } else if (sums === null && !isAiUsageProblem(taken)) {
        rows.push(toRow(taken, now));
      }
    }
    const refused = totals.refused === 0 ? '' : `, ${totals.refused} refused`;
    job.onProgress(`${totals.rows} rows ${verb}${refused}`);
    yield rows;
  }
  if (totals.rows === 0) {
    throw new DomainError('INVALID_INPUT', `${job.file.name} holds no rows.`);
  }
  if (sums !== null) {
    totals.summed = sums.days;
    for (const row of sums.rows()) {
      yield [toRow(row, now)];
    }
  }
}

function toRow({ memberId, fact }: TakenAiUsageRow, syncedAt: Date): AiUsageRow {
  return { ...fact, memberId, syncedAt };
}

async function audit(
  job: AiUsageFileImport,
  totals: Totals,
  written: WrittenRows | undefined,
): Promise<void> {
  const { teamId, source, file } = job;
  // How much a stopped one has written, nobody knows: its last chunk may be in or not.
  const outcome = written ?? { stopped: true };
  await withTeam(job.db, teamId, (tx) =>
    recordAudit(tx, {
      teamId,
      actorId: null,
      action: AI_USAGE_IMPORT,
      details: { source, file: file.name, ...totals, ...outcome },
    }),
  );
}
