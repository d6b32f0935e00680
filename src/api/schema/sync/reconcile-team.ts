import type { LaunchedWorkflow } from '../../../contracts/launcher.ts';
import { toReconcileStart } from '../../../contracts/reconcile.ts';
import { builder } from '../../core/builder.ts';
import { readTeamId } from '../../core/global-id.ts';
import { teamOfRow } from '../../core/load-row.ts';
import { requireGitHub } from '../../core/team-admin.ts';
import { temporalUrl } from '../../core/temporal-url.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

type StartedReconcile = LaunchedWorkflow & { readonly teamId: bigint };

const Payload = builder.objectRef<StartedReconcile>('ReconcileTeamPayload').implement({
  description: 'A comparison with GitHub that was started or joined.',
  fields: (t) => ({
    joined: t.exposeBoolean('joined', {
      description: 'Whether one was already going on, which this one joined.',
    }),
    workflowId: t.exposeString('workflowId', { description: 'Id of the workflow in Temporal.' }),
    temporalUrl: t.string(temporalUrl('Address of the workflow')),
    team: t.prismaField({
      type: 'Team',
      description: 'The team, with its data quality as it was.',
      resolve: teamOfRow,
    }),
  }),
});

defineMutation({
  name: 'reconcileTeam',
  description:
    "Compares a team's repositories with GitHub, month by month: fetches what is missing and marks what is gone. Runs every week by itself.",
  input: {
    description: 'What to compare with GitHub.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team whose repositories to compare.' }),
    }),
  },
  payload: Payload,
  errors: ['GITHUB_NOT_CONNECTED', 'TEMPORAL_UNAVAILABLE'],
  role: 'ADMIN',
  may: 'compare it with GitHub',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ context, teamId }) => {
    await requireGitHub(context, teamId);
    const launched = await context.writes.asking(teamId, { action: 'RECONCILE', details: {} }, () =>
      context.services.launcher.startWorkflow(toReconcileStart(String(teamId))),
    );
    return { ...launched, teamId };
  },
});
