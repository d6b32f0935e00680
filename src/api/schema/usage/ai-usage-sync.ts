import { builder } from '../../core/builder.ts';
import { readTeamId } from '../../core/global-id.ts';
import {
  connectCopilot,
  syncAiUsage,
  type StartedAiUsageSync,
} from '../../mutations/sync-ai-usage.ts';
import {
  ForbiddenError,
  GithubNotConnectedError,
  InvalidInputError,
  NotFoundError,
  TemporalUnavailableError,
  withTypedErrors,
} from '../../core/typed-errors.ts';

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

const Payload = builder.objectRef<StartedSyncs>('AiUsageSyncPayload').implement({
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
      resolve: (query, { teamId }, _args, context) =>
        context.reads.db.team.findUniqueOrThrow({ ...query, where: { id: teamId } }),
    }),
  }),
});

const ConnectCopilotInput = builder.inputType('ConnectCopilotInput', {
  description: 'Whose Copilot reports to read.',
  fields: (t) => ({
    teamId: t.id({ required: true, description: 'The team whose members use Copilot.' }),
    organization: t.string({
      required: true,
      description: 'Login of the organisation on GitHub that pays for the seats.',
    }),
  }),
});

const SyncAiUsageInput = builder.inputType('SyncAiUsageInput', {
  description: 'Whose AI usage to read again.',
  fields: (t) => ({
    teamId: t.id({ required: true, description: 'The team whose sources to ask.' }),
  }),
});

const FAILURES = [
  InvalidInputError,
  ForbiddenError,
  NotFoundError,
  GithubNotConnectedError,
  TemporalUnavailableError,
];

builder.mutationFields((t) => ({
  connectCopilot: t.field({
    type: Payload,
    authScopes: { viewer: true },
    description:
      "Reads the Copilot usage reports of an organisation, a year back and from now on, with the team's connection to GitHub. For admins.",
    args: {
      input: t.arg({ type: ConnectCopilotInput, required: true, description: 'Whose reports.' }),
    },
    errors: {
      types: FAILURES,
      directResult: true,
      union: { name: 'ConnectCopilotResult', description: 'What was started, or why nothing was.' },
    },
    resolve: (_root, { input }, context) =>
      withTypedErrors(async () => {
        const sync = await connectCopilot(context, input);
        return { teamId: sync.source.teamId, syncs: [sync] };
      }),
  }),
  syncAiUsage: t.field({
    type: Payload,
    authScopes: { viewer: true },
    description:
      'Asks all sources of a team for the days that are missing, and for the last days again. For admins.',
    args: {
      input: t.arg({ type: SyncAiUsageInput, required: true, description: 'Whose usage.' }),
    },
    errors: {
      types: FAILURES,
      directResult: true,
      union: { name: 'SyncAiUsageResult', description: 'What was started, or why nothing was.' },
    },
    resolve: (_root, { input }, context) =>
      withTypedErrors(async () => {
        const syncs = await syncAiUsage(context, input);
        return { teamId: readTeamId(input.teamId), syncs };
      }),
  }),
}));
