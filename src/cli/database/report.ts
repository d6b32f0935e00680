import { reportDatabase } from '../../runtime/database/database-report.ts';
import type { CommandContext } from '../core/command.ts';
import { openDatabase } from '../core/database.ts';
import { renderReport } from './report-table.ts';

export interface ReportFlags {
  readonly json: boolean;
  /** Exit code 1 when a finding is to be acted on. */
  readonly strict: boolean;
  /** Rows that each table shows. */
  readonly top: number;
}

/** Shows what the database says of itself, with what to do for each finding. */
export async function reportCommand(context: CommandContext, flags: ReportFlags): Promise<number> {
  const platform = await openDatabase(context);
  const report = await reportDatabase(platform, context.projectDirectory, flags.top);
  context.print(flags.json ? `${JSON.stringify(report)}\n` : renderReport(report));
  const acts = report.sections.some((section) =>
    section.findings.some((finding) => finding.severity === 'ACT'),
  );
  return flags.strict && acts ? 1 : 0;
}
