import { removeTeamUser } from '../../../db/teams/team-users.ts';
import { builder } from '../../core/builder.ts';
import { readTeamId } from '../../core/global-id.ts';
import { readRowNumber } from '../../core/team-access.ts';
import { isOperator } from '../../core/team-admin.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

const Payload = builder.objectRef<{ readonly userId: bigint }>('RemoveUserPayload').implement({
  description: 'A user who was removed from a team.',
  fields: (t) => ({
    userId: t.id({
      description: 'Id of the user.',
      resolve: ({ userId }) => String(userId),
    }),
  }),
});

defineMutation({
  name: 'removeUser',
  description:
    'Removes a user from a team; the tokens that the user has for it stop working at once. What the user did stays in the audit log.',
  input: {
    description: 'The user to remove.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team.' }),
      userId: t.id({ required: true, description: 'Id of the user.' }),
    }),
  },
  payload: Payload,
  errors: [],
  role: 'ADMIN',
  orOperator: true,
  may: 'remove users',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId }) => {
    const userId = readRowNumber(input.userId);
    const byOperator = isOperator(context);
    await context.writes.inTeam(teamId, (tx) => removeTeamUser(tx, { teamId, userId, byOperator }));
    return { userId };
  },
});
