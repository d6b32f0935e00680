import { toRetentionStart, type ApplyRetentionResult } from '../../contracts/retention.ts';
import { runWorkflow } from '../../runtime/application.ts';
import { findTeam, previewRetention } from '../../runtime/database/preview-retention.ts';
import type { CommandContext } from '../core/command.ts';
import { openApplication } from '../core/application.ts';
import { openDatabase } from '../core/database.ts';
import { kindOf, type RetentionFlags } from './retention-flags.ts';
import { renderPreview, renderResult } from './retention-table.ts';

/**
 * Removes what is older than the teams' settings by the workflow that the schedule and the API start, or shows what would
 * be removed. Ctrl-C cancels a removal that it started: it ends behind the running batches.
 */
export async function retentionCommand(
  context: CommandContext,
  flags: RetentionFlags,
): Promise<number> {
  const days = flags.days ?? null;
  const kind = kindOf(flags);
  const follow = {
    signal: context.lifetime.signal,
    onProgress: (message: string) => context.progress.update(message),
  };
  const print = (json: object, text: string): void => {
    context.progress.stop();
    context.print(flags.json ? `${JSON.stringify(json, withIds)}\n` : text);
  };
  if (flags.dryRun) {
    const platform = await openDatabase(context);
    const teamId = flags.team === undefined ? null : await findTeam(platform, flags.team);
    const now = new Date();
    const preview = await previewRetention(platform, { days, kind, teamId, now, ...follow });
    print({ dryRun: true, ...preview }, renderPreview(preview));
    return 0;
  }
  const application = await openApplication(context);
  const teamId =
    flags.team === undefined ? null : String(await findTeam(application.platform, flags.team));
  const { result, joined } = await runWorkflow<ApplyRetentionResult>(
    application,
    toRetentionStart({ teamId, days, kind, requestedBy: null }),
    follow,
  );
  print({ dryRun: false, joined, ...result }, renderResult(result, joined));
  return 0;
}

/** Ids are decimal strings in JSON. */
function withIds(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
