import type { TeamSchedule } from '../../contracts/launcher.ts';
import { syncAiUsageWorkflowId } from '../../contracts/workflow-ids.ts';
import { readAiUsageSources } from '../../db/reads/ai-usage-sources.ts';
import type { ApiContext } from '../core/context.ts';

/** The schedules by which Temporal starts work for a team. @throws DomainError TEMPORAL_UNAVAILABLE */
export async function listTeamSchedules(
  context: ApiContext,
  teamId: bigint,
): Promise<readonly TeamSchedule[]> {
  const [sources = []] = await readAiUsageSources(context.reads.session, [{ teamId }]);
  const usage = sources
    .filter(({ source }) => source === 'COPILOT')
    .map(({ organization }) => syncAiUsageWorkflowId(String(teamId), organization));
  return context.services.launcher.listSchedules(String(teamId), usage);
}
