import { removeOperator } from '../../../db/teams/operators.ts';
import { builder } from '../../core/builder.ts';
import { readRowNumber } from '../../core/team-access.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

const Payload = builder.objectRef<{ readonly userId: bigint }>('RemoveOperatorPayload').implement({
  description: 'A user who was an operator.',
  fields: (t) => ({
    userId: t.id({
      description: 'Id of the user.',
      resolve: ({ userId }) => String(userId),
    }),
  }),
});

defineMutation({
  name: 'removeOperator',
  description:
    'Takes the instance role from an operator, whose tokens for it stop working at once; the roles in teams stay. The last operator stays one.',
  input: {
    description: 'The operator to remove.',
    fields: (t) => ({
      userId: t.id({ required: true, description: 'Id of the user.' }),
    }),
  },
  payload: Payload,
  errors: [],
  role: 'OPERATOR',
  may: 'remove operators',
  run: async ({ input, context }) => {
    const userId = readRowNumber(input.userId);
    await context.writes.asOperator((tx) => removeOperator(tx, userId));
    return { userId };
  },
});
