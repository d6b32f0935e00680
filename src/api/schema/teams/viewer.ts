import type { Identity } from '../../../db/reads/authentication.ts';
import { readTeams } from '../../../db/reads/rows-by-key.ts';
import { builder } from '../../core/builder.ts';
import { requireViewer } from '../../core/context.ts';

const TeamRole = builder.enumType('TeamRole', {
  description: 'What a user may do in a team.',
  values: {
    VIEWER: { description: 'Reads everything of the team.' },
    ADMIN: { description: 'Reads everything and changes it.' },
  },
});

const InstanceRole = builder.enumType('InstanceRole', {
  description: 'What a user may do on the whole installation.',
  values: { OPERATOR: { description: 'Runs the installation.' } },
});

interface ViewerMembership {
  readonly teamId: bigint;
  readonly role: 'ADMIN' | 'VIEWER';
}

function roleIn(viewer: Identity, teamId: bigint): ViewerMembership['role'] {
  return viewer.adminTeamIds.includes(teamId) ? 'ADMIN' : 'VIEWER';
}

const ViewerMembershipType = builder.objectRef<ViewerMembership>('ViewerMembership').implement({
  description: 'One team of the signed-in user.',
  fields: (t) => ({
    role: t.field({
      type: TeamRole,
      description: 'What the user may do in the team.',
      resolve: (membership) => membership.role,
    }),
    team: t.prismaField({
      type: 'Team',
      description: 'The team.',
      resolve: async (_query, membership, _args, context) => {
        const team = await context.reads.load(readTeams, { teamId: membership.teamId });
        if (team === null) {
          throw new Error('a membership names a team that is not there');
        }
        return team;
      },
    }),
  }),
});

const Viewer = builder.objectRef<Identity>('Viewer').implement({
  description: 'The user whose token the request carries.',
  fields: (t) => ({
    id: t.id({ description: 'Number of the user.', resolve: (viewer) => String(viewer.userId) }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    email: t.exposeString('email', { description: 'Address that the user signs in with.' }),
    instanceRole: t.field({
      type: InstanceRole,
      nullable: true,
      description: 'What the user may do on the whole installation; null for most.',
      resolve: (viewer) => (viewer.instanceRole === 'OPERATOR' ? 'OPERATOR' : null),
    }),
    memberships: t.field({
      type: [ViewerMembershipType],
      description: 'The teams of the user.',
      resolve: (viewer) =>
        viewer.teamIds.map((teamId) => ({ teamId, role: roleIn(viewer, teamId) })),
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    authScopes: { viewer: true },
    description: 'Who you are.',
    resolve: (_root, _args, context) => requireViewer(context),
  }),
);

builder.prismaObjectField('Team', 'viewerRole', (t) =>
  t.field({
    type: TeamRole,
    description: 'What you may do in this team.',
    resolve: (team, _args, context) => roleIn(requireViewer(context), team.id),
  }),
);
