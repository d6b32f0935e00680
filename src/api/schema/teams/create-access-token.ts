import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import { readTeamToken } from '../../../db/reads/team-access.ts';
import { createTeamToken } from '../../../db/teams/access-tokens.ts';
import { generateAccessToken } from '../../../domain/core/access-token.ts';
import { readName } from '../../../domain/teams/names.ts';
import { readTokenDays, TOKEN_DAYS } from '../../../domain/teams/token-lifetime.ts';
import { AccessToken } from '../../core/access-token.ts';
import { builder } from '../../core/builder.ts';
import { notFound } from '../../core/errors.ts';
import { readTeamId } from '../../core/global-id.ts';
import { readRowNumber } from '../../core/team-access.ts';
import { TeamRole } from '../../core/team-role.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

/** A token that was made; its text is shown this once. */
interface CreatedToken extends RowKey {
  readonly secret: string;
}

const Payload = builder.objectRef<CreatedToken>('CreateAccessTokenPayload').implement({
  description: 'An access token that was created.',
  fields: (t) => ({
    accessToken: t.field({
      type: AccessToken,
      description: 'The token, without its text.',
      resolve: async ({ teamId, id }, _args, context) => {
        const token = await context.reads.load(readTeamToken, { teamId, id });
        if (token === null) {
          // Its user was removed meanwhile.
          throw notFound('token');
        }
        return token;
      },
    }),
    secret: t.exposeString('secret', {
      description:
        'The text of the token, shown this once: send it as the header Authorization: Bearer <secret>.',
    }),
  }),
});

defineMutation({
  name: 'createAccessToken',
  description:
    'Creates an access token with which a user gets into one team. Its text is answered this once.',
  input: {
    description: 'The token to create.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team that it opens.' }),
      userId: t.id({ required: true, description: 'Id of the user in whose name it acts.' }),
      name: t.string({ required: true, description: 'What it is for, to tell it from others.' }),
      role: t.field({
        type: TeamRole,
        description: 'The most that it may do; the role of the user when it is absent.',
      }),
      days: t.int({
        required: true,
        defaultValue: TOKEN_DAYS.default,
        description: `Days until it expires, ${TOKEN_DAYS.min} to ${TOKEN_DAYS.max}.`,
      }),
    }),
  },
  payload: Payload,
  errors: [],
  role: 'ADMIN',
  orOperator: true,
  may: 'create access tokens',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId, userId: createdBy }) => {
    const name = readName('name', input.name);
    const userId = readRowNumber(input.userId);
    const { role = null } = input;
    const days = readTokenDays(input.days);
    const { secret, hash } = await generateAccessToken();
    const id = await context.writes.inTeam(teamId, (tx) =>
      createTeamToken(tx, { teamId, userId, name, role, hash, days, createdBy }),
    );
    return { teamId, id, secret };
  },
});
