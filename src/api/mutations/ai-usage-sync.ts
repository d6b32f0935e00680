import { toAiUsageStart } from '../../contracts/ai-usage.ts';
import type { SourceKey } from '../../db/reads/ai-usage-sources.ts';
import { builder } from '../core/builder.ts';
import type { ApiContext } from '../core/context.ts';
import { teamOfRow } from '../core/load-row.ts';

/** What only an admin may do about sources of AI usage, and reading them. */
export const READ_USAGE = 'read AI usage from GitHub';

/** A sync of one source that was started or joined. */
interface StartedAiUsageSync {
  readonly source: SourceKey;
  readonly workflowId: string;
  /** True when a sync was already going on and this one joined it. */
  readonly joined: boolean;
}

/** Starts to read a source, or joins the sync of it that runs. @throws DomainError TEMPORAL_UNAVAILABLE */
export async function startAiUsageSync(
  context: ApiContext,
  source: SourceKey,
): Promise<StartedAiUsageSync> {
  const { teamId, organization } = source;
  const { workflowId, joined } = await context.services.launcher.startWorkflow(
    toAiUsageStart({ teamId: String(teamId), organization }),
  );
  return { source, workflowId, joined };
}

const AiUsageSync = builder.objectRef<StartedAiUsageSync>('AiUsageSync').implement({
  description: 'A sync of one source that was started or joined.',
  fields: (t) => ({
    organization: t.string({
      description: 'Login of the organisation whose reports are read.',
      resolve: ({ source }) => source.organization,
    }),
    joined: t.exposeBoolean('joined', {
      description: 'Whether a sync was already going on, which this one joined.',
    }),
    workflowId: t.exposeString('workflowId', { description: 'Id of the workflow in Temporal.' }),
    temporalUrl: t.string({
      nullable: true,
      description: 'Address of the workflow in the Temporal UI; null when no UI is configured.',
      resolve: ({ workflowId }, _args, context) =>
        context.services.launcher.workflowUrl({ workflowId }),
    }),
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
    syncs: t.field({
      type: [AiUsageSync],
      description: 'One for each source.',
      resolve: ({ syncs }) => [...syncs],
    }),
    team: t.prismaField({
      type: 'Team',
      description: 'The team, with its sources.',
      resolve: teamOfRow,
    }),
  }),
});
