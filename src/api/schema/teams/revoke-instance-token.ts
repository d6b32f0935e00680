import { revokeInstanceToken } from '../../../db/teams/operators.ts';
import { readRowNumber } from '../../core/team-access.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';
import { RevokedToken } from '../../mutations/revoked-token.ts';

defineMutation({
  name: 'revokeInstanceToken',
  description:
    'Revokes an access token that opens all teams of its user, or that of an operator. The last valid token of an operator stays.',
  input: {
    description: 'The token to revoke.',
    fields: (t) => ({
      tokenId: t.id({ required: true, description: 'Id of the token.' }),
    }),
  },
  payload: RevokedToken,
  errors: [],
  role: 'OPERATOR',
  may: 'revoke tokens that open more than one team',
  run: async ({ input, context }) => {
    const tokenId = readRowNumber(input.tokenId);
    await context.writes.asOperator((tx) => revokeInstanceToken(tx, tokenId));
    return { tokenId };
  },
});
