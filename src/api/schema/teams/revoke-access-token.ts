import { revokeTeamToken } from '../../../db/teams/access-tokens.ts';
import { readTeamId } from '../../core/global-id.ts';
import { readRowNumber } from '../../core/team-access.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';
import { RevokedToken } from '../../mutations/revoked-token.ts';

defineMutation({
  name: 'revokeAccessToken',
  description: 'Revokes an access token of a team, which stops working at once.',
  input: {
    description: 'The token to revoke.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team that it opens.' }),
      tokenId: t.id({ required: true, description: 'Id of the token.' }),
    }),
  },
  payload: RevokedToken,
  errors: [],
  role: 'ADMIN',
  orOperator: true,
  may: 'revoke access tokens',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId }) => {
    const tokenId = readRowNumber(input.tokenId);
    await context.writes.inTeam(teamId, (tx) => revokeTeamToken(tx, { teamId, tokenId }));
    return { tokenId };
  },
});
