import { builder } from '../../core/builder.ts';
import { invalidInput } from '../../core/errors.ts';
import { flag } from '../../core/flag.ts';
import { readTeamId } from '../../core/global-id.ts';
import { loadRow } from '../../core/load-row.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';
import { CHANGE_WEEKS, startRebuild, type StartedRebuild } from '../../mutations/start-rebuild.ts';

const Payload = builder.objectRef<StartedRebuild>('RebuildRollupsPayload').implement({
  description: 'The rebuild that was started or joined.',
  fields: (t) => ({
    rebuild: t.prismaField({
      type: 'RollupRebuild',
      description: 'The rebuild, with its progress.',
      resolve: (_query, { rebuild }, _args, context) => loadRow(context, 'RollupRebuild', rebuild),
    }),
    joined: t.exposeBoolean('joined', {
      description:
        'Whether a rebuild was already going on; then it is that one, whatever was asked for.',
    }),
  }),
});

defineMutation({
  name: 'rebuildRollups',
  description:
    "Computes a team's weekly metrics anew from the facts, or joins the rebuild that runs. Weeks are read as before until it is done.",
  input: {
    description: 'Which weeks to compute anew.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team whose weeks they are.' }),
      from: t.field({
        type: 'Date',
        description:
          'A day of the first week; all weeks that are kept when absent. By new definitions of the metrics all weeks are computed, whatever the range.',
      }),
      to: t.field({
        type: 'Date',
        description:
          'The day after the last; to the last activity when absent. Weeks that retention has removed come back up to those that are kept.',
      }),
      dryRun: t.boolean(flag('Only count what would change.')),
    }),
  },
  payload: Payload,
  errors: ['TEMPORAL_UNAVAILABLE'],
  role: 'ADMIN',
  may: CHANGE_WEEKS,
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId, userId }) => {
    const { from = null, to = null } = input;
    if (from !== null && to !== null && from >= to) {
      throw invalidInput(`The range is empty: to (${to}) must lie after from (${from}).`, 'to');
    }
    return startRebuild(context, {
      teamId: String(teamId),
      reason: 'REQUESTED',
      isDryRun: input.dryRun,
      from,
      to,
      timeZone: null,
      weekStart: null,
      requestedBy: String(userId),
    });
  },
});
