import { readTeamUser } from '../../../db/reads/team-access.ts';
import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import { addTeamUser } from '../../../db/teams/team-users.ts';
import { readEmail, readName } from '../../../domain/teams/names.ts';
import { builder } from '../../core/builder.ts';
import { notFound } from '../../core/errors.ts';
import { readTeamId } from '../../core/global-id.ts';
import { TeamUser } from '../../core/team-access.ts';
import { isOperator } from '../../core/team-admin.ts';
import { TeamRole } from '../../core/team-role.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

const Payload = builder.objectRef<RowKey>('AddUserPayload').implement({
  description: 'A user who was given a role in a team.',
  fields: (t) => ({
    user: t.field({
      type: TeamUser,
      description: 'The user.',
      resolve: async (key, _args, context) => {
        const user = await context.reads.load(readTeamUser, key);
        if (user === null) {
          // Somebody else has removed it meanwhile.
          throw notFound('user');
        }
        return user;
      },
    }),
  }),
});

defineMutation({
  name: 'addUser',
  description:
    'Gives a user a role in a team. A user who has one already gets the new one; one who is new to the installation is created. The user gets in with an access token: createAccessToken.',
  input: {
    description: 'The user and the role.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team.' }),
      email: t.string({
        required: true,
        description: 'Email address of the user, in any case.',
      }),
      name: t.string({
        description:
          'Display name of a user who is new to the installation, the email address when it is absent. The name of any other user stays.',
      }),
      role: t.field({
        type: TeamRole,
        required: true,
        defaultValue: 'VIEWER',
        description: 'Role in the team.',
      }),
    }),
  },
  payload: Payload,
  errors: [],
  role: 'ADMIN',
  orOperator: true,
  may: 'add users',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId }) => {
    const email = readEmail(input.email);
    const name = input.name == null ? email : readName('name', input.name);
    const { role } = input;
    const byOperator = isOperator(context);
    const id = await context.writes.inTeam(teamId, (tx) =>
      addTeamUser(tx, { teamId, email, name, role, byOperator }),
    );
    return { teamId, id };
  },
});
