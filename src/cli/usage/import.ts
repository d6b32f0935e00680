import type { AiUsageSource } from '../../domain/usage/ai-usage.ts';
import { importTeamUsage } from '../../runtime/usage/import-ai-usage.ts';
import { openAiUsageFile } from './ai-usage-file.ts';
import { createImportReport } from './import-report.ts';
import type { CommandContext } from '../core/command.ts';
import { openDatabase } from '../core/database.ts';

export interface ImportFlags {
  /** Slug of the team. */
  readonly team: string;
  readonly source: AiUsageSource;
  readonly dryRun: boolean;
  readonly skipBad: boolean;
  /** Rows of the same member and day are added up. */
  readonly sum: boolean;
  /** Sentences on bad rows that are shown; all are counted. */
  readonly maxErrors: number;
  readonly json: boolean;
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
  const report = createImportReport(file.name, flags.maxErrors);
  const summary = await importTeamUsage(platform, {
    ...flags,
    file,
    teamSlug: flags.team,
    signal: context.lifetime.signal,
    onProgress: (message) => context.progress.update(message),
    onProblem: (line, problem) => report.addProblem(line, problem),
    onPassedOver: (line) => report.addPassedOver(line),
  });
  context.progress.stop();
  const { problems, passedOver } = report;
  context.print(
    flags.json
      ? `${JSON.stringify({ ...summary, dryRun: flags.dryRun, passedOver, problems })}\n`
      : report.render({ ...flags, summary }),
  );
  return summary.refused === 0 ? 0 : 1;
}
