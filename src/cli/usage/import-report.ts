import type { AiUsageFault } from '../../domain/usage/ai-usage-row.ts';
import { formatCount } from '../../domain/core/quantities.ts';
import type { AiUsageFileSummary } from '../../runtime/usage/import-ai-usage.ts';
import { createLineRanges, type LineRanges } from './line-ranges.ts';

/** What was wrong with the lines of a file, and which were passed over. Its memory grows with `maxErrors`, not with lines. */
export interface ImportReport {
  addProblem(line: number, problem: AiUsageFault): void;
  addPassedOver(line: number): void;
  /** The report as JSON has it: each fault of a bad row by itself, the first `maxErrors` of them. */
  readonly problems: readonly (AiUsageFault & { readonly line: number })[];
  /** Lines that hold a title, a note or a total, the first `maxErrors` of them. */
  readonly passedOver: readonly number[];
  render(outcome: ImportOutcome): string;
}

export interface ImportOutcome {
  readonly summary: AiUsageFileSummary;
  readonly dryRun: boolean;
  readonly sum: boolean;
}

/** Lines with the same fault, which one sentence tells. */
interface Fault {
  readonly problem: AiUsageFault;
  readonly lines: LineRanges;
}

/** Ranges of lines that are named as passed over. */
const MAX_NOTE_RANGES = 20;

/** What these say is true of one row only; any other fault is one of the file when several rows have it. */
const OF_ONE_ROW: ReadonlySet<string> = new Set([
  'UNKNOWN_MEMBER',
  'AMBIGUOUS_MEMBER',
  'UNKNOWN_COLUMN',
]);

/**
 * @param name of the file
 * @param maxErrors sentences and ranges of lines that are shown
 */
export function createImportReport(name: string, maxErrors: number): ImportReport {
  const problems: (AiUsageFault & { readonly line: number })[] = [];
  const faults = new Map<string, Fault>();
  let ranges = 0;
  let unshown = 0;
  let duplicates = 0;
  const passedOver: number[] = [];
  let notes: LineRanges | undefined;
  let noteRanges = 0;
  return {
    problems,
    passedOver,
    addPassedOver(line) {
      if (passedOver.length < maxErrors) {
        passedOver.push(line);
      }
      if (notes === undefined) {
        notes = createLineRanges(line);
      } else {
        noteRanges += notes.add(line, noteRanges < MAX_NOTE_RANGES) ? 1 : 0;
      }
    },
    addProblem(line, problem) {
      const { code, column, message } = problem;
      duplicates += code === 'DUPLICATE_KEY' ? 1 : 0;
      if (problems.length < maxErrors) {
        problems.push({ line, ...problem });
      }
      const key = JSON.stringify([code, column, OF_ONE_ROW.has(code) ? message : '']);
      const fault = faults.get(key);
      if (fault !== undefined) {
        ranges += fault.lines.add(line, ranges < maxErrors) ? 1 : 0;
      } else if (ranges < maxErrors) {
        ranges += 1;
        faults.set(key, { problem, lines: createLineRanges(line) });
      } else {
        unshown += 1;
      }
    },
    render: (outcome) =>
      [
        ...[...faults.values()].map((fault) => renderFault(name, fault)),
        ...(unshown === 0 ? [] : [`… and ${formatCount(unshown)} more (--max-errors shows more)`]),
        ...(notes === undefined
          ? []
          : [`Passed over as titles, notes or totals: ${name} ${notes.render()}.`]),
        ...renderOutcome(outcome, duplicates),
        '',
      ].join('\n'),
  };
}

function renderFault(name: string, { problem, lines }: Fault): string {
  const { column, code, message } = problem;
  const where = column === null ? `line ${lines.first}` : `line ${lines.first}, ${column}`;
  const rest = lines.renderRest();
  const others = rest === null ? '' : `; the same on ${rest}`;
  return `${name} ${where}: ${message} (${code})${others}`;
}

function renderOutcome(
  { summary: { rows, refused, summed, written }, dryRun, sum }: ImportOutcome,
  duplicates: number,
): string[] {
  const lines = [`${formatCount(rows)} rows read, ${formatCount(refused)} refused.`];
  if (summed !== undefined) {
    lines.push(`They add up to ${formatCount(summed)} days of members.`);
  }
  const good = rows - refused;
  const hasOthers = refused > duplicates;
  const advice =
    duplicates === 0 || sum
      ? null
      : `Use --sum, which adds up the rows of a member and day (left out without it: ${formatCount(duplicates)}).`;
  if (written !== null && good === 0) {
    lines.push('Nothing was written: every row was refused.');
  } else if (written !== null) {
    const counts = (['inserted', 'updated', 'unchanged'] as const)
      .map((key) => `${formatCount(written[key])} ${key}`)
      .join(', ');
    lines.push(`${counts}; ${formatCount(written.weeksRolledUp)} weeks rolled up.`);
  } else if (dryRun) {
    lines.push(`Nothing was written: a dry run. ${formatCount(good)} rows can be.`);
  } else if (advice !== null) {
    lines.push(hasOthers ? 'Nothing was written: mend the file.' : 'Nothing was written.');
  } else {
    lines.push(
      good === 0
        ? 'Nothing was written: mend the file.'
        : `Nothing was written. Mend the file, or take the ${formatCount(good)} good rows with --skip-bad.`,
    );
  }
  return advice === null ? lines : [...lines, advice];
}
