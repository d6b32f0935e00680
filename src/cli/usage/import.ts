import type { AiUsageProblem } from '../../domain/usage/ai-usage-row.ts';
import type { AiUsageSource } from '../../domain/usage/ai-usage.ts';
import { formatCount } from '../../domain/core/quantities.ts';
import { importTeamUsage, type AiUsageFileSummary } from '../../runtime/usage/import-ai-usage.ts';
import { openAiUsageFile } from './ai-usage-file.ts';
import type { CommandContext } from '../core/command.ts';
import { openDatabase } from '../core/database.ts';

export interface ImportFlags {
  /** Slug of the team. */
  readonly team: string;
  readonly source: AiUsageSource;
  readonly dryRun: boolean;
  readonly skipBad: boolean;
  /** Bad rows that are shown; all are counted. */
  readonly maxErrors: number;
  readonly json: boolean;
}

interface ShownProblem extends AiUsageProblem {
  readonly line: number;
}

/** Reads usage from a file into a team. Exit code 1 when rows were refused. */
export async function importAiUsageCommand(
  context: CommandContext,
  path: string,
  flags: ImportFlags,
): Promise<number> {
  // A file that is not there is told before a database is started for it.
  const file = await openAiUsageFile(path, context.input);
  context.lifetime.onClose('the file', () => file.close());
  const platform = await openDatabase(context);
  const shown: ShownProblem[] = [];
  const summary = await importTeamUsage(platform, {
    ...flags,
    file,
    teamSlug: flags.team,
    signal: context.lifetime.signal,
    onProgress: (message) => context.progress.update(message),
    onProblem: (line, problem) => {
      if (shown.length < flags.maxErrors) {
        shown.push({ line, ...problem });
      }
    },
  });
  context.progress.stop();
  context.print(
    flags.json
      ? `${JSON.stringify({ ...summary, dryRun: flags.dryRun, problems: shown })}\n`
      : renderImport(file.name, flags, summary, shown),
  );
  return summary.refused === 0 ? 0 : 1;
}

function renderImport(
  name: string,
  flags: ImportFlags,
  { rows, refused, written }: AiUsageFileSummary,
  shown: readonly ShownProblem[],
): string {
  const lines = shown.map(({ line, column, code, message }) => {
    const location = column === null ? `line ${line}` : `line ${line}, ${column}`;
    return `${name} ${location}: ${message} (${code})`;
  });
  if (refused > shown.length) {
    lines.push(`… and ${formatCount(refused - shown.length)} more (--max-errors shows more)`);
  }
  const good = rows - refused;
  lines.push(`${formatCount(rows)} rows read, ${formatCount(refused)} refused.`);
  if (written !== null) {
    const counts = (['inserted', 'updated', 'unchanged'] as const)
      .map((key) => `${formatCount(written[key])} ${key}`)
      .join(', ');
    lines.push(`${counts}; ${formatCount(written.weeksRolledUp)} weeks rolled up.`);
  } else if (flags.dryRun) {
    lines.push(`Nothing was written: a dry run. ${formatCount(good)} rows can be.`);
  } else {
    lines.push(
      `Nothing was written. Mend the file, or take the ${formatCount(good)} good rows with --skip-bad.`,
    );
  }
  return `${lines.join('\n')}\n`;
}
