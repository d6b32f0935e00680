import type { Identity } from '../../../db/reads/authentication.ts';
import { builder } from '../../core/builder.ts';
import { requireViewer } from '../../core/context.ts';
import { defineEnum } from '../../core/enums.ts';
import {
  checkPageSize,
  defineConnection,
  PAGE_COST,
  pageArguments,
  toPage,
} from '../../core/connection.ts';
import { decodeCursor } from '../../core/cursor.ts';
import { teamOfRow } from '../../core/load-row.ts';
import { TeamRole } from '../../core/team-role.ts';

const InstanceRole = defineEnum('InstanceRole', 'Role of a user on the whole installation.', {
  OPERATOR: 'Operates the installation.',
});

interface ViewerMembership {
  readonly teamId: bigint;
  readonly role: 'ADMIN' | 'VIEWER';
}

const TEAM_ORDER = [{ column: 'team_id', type: 'bigint' }] as const;

function roleIn(viewer: Identity, teamId: bigint): ViewerMembership['role'] {
  return viewer.adminTeamIds.includes(teamId) ? 'ADMIN' : 'VIEWER';
}

const ViewerMembershipType = builder.objectRef<ViewerMembership>('ViewerMembership').implement({
  description: 'Membership of the signed-in user in a team.',
  fields: (t) => ({
    role: t.expose('role', { type: TeamRole, description: 'Role of the user in the team.' }),
    team: t.prismaField({ type: 'Team', description: 'The team.', resolve: teamOfRow }),
  }),
});

const Viewer = builder.objectRef<Identity>('Viewer').implement({
  description: 'The user that the access token of the request belongs to.',
  fields: (t) => ({
    id: t.id({ description: 'Id of the user.', resolve: (viewer) => String(viewer.userId) }),
    name: t.exposeString('name', { description: 'Display name.' }),
    email: t.exposeString('email', { description: 'Email address that the user signs in with.' }),
    instanceRole: t.expose('instanceRole', {
      type: InstanceRole,
      nullable: true,
      description: 'Role of the user on the whole installation; null for most users.',
    }),
    memberships: t.field({
      ...PAGE_COST,
      type: defineConnection(ViewerMembershipType, 'ViewerMembership', 'memberships'),
      description: "Teams that the user belongs to, with the user's role.",
      args: pageArguments,
      resolve: (viewer, args) => {
        checkPageSize(args.first);
        const [after] = args.after == null ? [] : decodeCursor(args.after, TEAM_ORDER);
        const rows = viewer.teamIds
          .filter((teamId) => after === undefined || teamId > BigInt(after))
          .toSorted((one, other) => (one < other ? -1 : 1))
          .slice(0, args.first + 1)
          .map((teamId) => ({ teamId, role: roleIn(viewer, teamId) }));
        return toPage(rows, args, ['teamId'], () => Promise.resolve(viewer.teamIds.length));
      },
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    authScopes: { viewer: true },
    description: 'The signed-in user.',
    resolve: (_root, _args, context) => requireViewer(context),
  }),
);

builder.prismaObjectField('Team', 'viewerRole', (t) =>
  t.field({
    type: TeamRole,
    description: 'Your role in this team.',
    resolve: (team, _args, context) => roleIn(requireViewer(context), team.id),
  }),
);
