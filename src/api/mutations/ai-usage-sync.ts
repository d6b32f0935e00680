import { toAiUsageStart } from '../../contracts/ai-usage.ts';
import type { LaunchedWorkflow } from '../../contracts/launcher.ts';
import type { SourceKey } from '../../db/reads/ai-usage-sources.ts';
import { MAX_AI_USAGE_SOURCES } from '../../db/usage/ai-usage-sources.ts';
import { builder } from '../core/builder.ts';
import type { ApiContext } from '../core/context.ts';
import { costs } from '../core/field-cost.ts';
import { teamOfRow } from '../core/load-row.ts';
import { temporalUrl } from '../core/temporal-url.ts';

/** What only an admin may do about sources of AI usage, and reading them. */
export const READ_USAGE = 'read AI usage from GitHub';

/** A sync of one source that was started or joined. */
type StartedAiUsageSync = LaunchedWorkflow & Pick<SourceKey, 'organization'>;

/** Starts to read a source, or joins the sync of it that runs. @throws DomainError TEMPORAL_UNAVAILABLE */
export async function startAiUsageSync(
  context: ApiContext,
  { teamId, organization }: SourceKey,
): Promise<StartedAiUsageSync> {
  const launched = await context.services.launcher.startWorkflow(
    toAiUsageStart({ teamId: String(teamId), organization }),
  );
  return { ...launched, organization };
}

const AiUsageSync = builder.objectRef<StartedAiUsageSync>('AiUsageSync').implement({
  description: 'A sync of one source that was started or joined.',
  fields: (t) => ({
    organization: t.exposeString('organization', {
      description: 'Login of the organisation whose reports are read.',
    }),
    joined: t.exposeBoolean('joined', {
      description: 'Whether a sync was already going on, which this one joined.',
    }),
    workflowId: t.exposeString('workflowId', { description: 'Id of the workflow in Temporal.' }),
    temporalUrl: t.string(temporalUrl('Address of the workflow')),
  }),
});

interface StartedSyncs {
  readonly teamId: bigint;
  readonly syncs: readonly StartedAiUsageSync[];
}

/** What mutations answer that start to read AI usage. */
export const AiUsageSyncPayload = builder.objectRef<StartedSyncs>('AiUsageSyncPayload').implement({
  description: 'Syncs of AI usage that were started or joined.',
  fields: (t) => ({
    syncs: t.expose('syncs', {
      ...costs({ size: MAX_AI_USAGE_SOURCES }),
      type: [AiUsageSync],
      description: 'One for each source.',
    }),
    team: t.prismaField({
      type: 'Team',
      description: 'The team, with its sources.',
      resolve: teamOfRow,
    }),
  }),
});
