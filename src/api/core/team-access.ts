import { TEAM_TOKENS, TEAM_USERS, type TeamUserRow } from '../../db/reads/team-access.ts';
import type { Row } from '../../db/core/tables.ts';
import { AccessTokenConnection } from './access-token.ts';
import { builder } from './builder.ts';
import { defineConnection, loadPage, PAGE_COST, pageArguments } from './connection.ts';
import { formatTeamId } from './global-id.ts';
import { TeamRole } from './team-role.ts';

/** Digits of an id that a bigint of PostgreSQL surely holds. */
const ROW_NUMBER = /^\d{1,18}$/;

/** The id of a user or token, 0 when the text is not one. */
export function readRowNumber(text: string): bigint {
  return ROW_NUMBER.test(text) ? BigInt(text) : 0n;
}

/** A user with a role in a team. */
export const TeamUser = builder.objectRef<TeamUserRow>('TeamUser').implement({
  description: 'A user who may use a team.',
  fields: (t) => ({
    id: t.id({ description: 'Id of the user.', resolve: ({ userId }) => String(userId) }),
    email: t.exposeString('email', { description: 'Email address of the user.' }),
    name: t.exposeString('name', { description: 'Display name.' }),
    role: t.expose('role', { type: TeamRole, description: 'Role of the user in the team.' }),
  }),
});

const TeamUserConnection = defineConnection(TeamUser, 'TeamUser', 'users');

/** Who may use a team: what its admins and operators see, who need not see its work. */
export const TeamAccess = builder.objectRef<Row<'Team'>>('TeamAccess').implement({
  description: 'Who may use a team: its users and their access tokens.',
  fields: (t) => ({
    id: t.id({
      description: 'Id of the team, as inputs take it.',
      resolve: ({ id }) => formatTeamId(id),
    }),
    slug: t.exposeString('slug', { description: 'Unique short name of the team.' }),
    name: t.exposeString('name', { description: 'Display name of the team.' }),
    users: t.field({
      ...PAGE_COST,
      type: TeamUserConnection,
      description: 'Users with a role in the team, by email address.',
      args: pageArguments,
      resolve: ({ id }, args, context) => loadPage(context, TEAM_USERS, [id], args),
    }),
    accessTokens: t.field({
      ...PAGE_COST,
      type: AccessTokenConnection,
      description:
        'Access tokens that open the team, newest first. Those that are revoked are not listed.',
      args: pageArguments,
      resolve: ({ id }, args, context) => loadPage(context, TEAM_TOKENS, [id], args),
    }),
  }),
});
