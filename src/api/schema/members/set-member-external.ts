import { setMemberExternal } from '../../../db/members/member-external.ts';
import { readRowId } from '../../core/global-id.ts';
import { ChangedMember } from '../../mutations/changed-member.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

defineMutation({
  name: 'setMemberExternal',
  description:
    'Sets whether a member is external, whatever GitHub says, or lets GitHub decide again. It holds at once, for weeks that are past too.',
  input: {
    description: 'Whether a member is external.',
    fields: (t) => ({
      member: t.id({ required: true, description: 'The member.' }),
      isExternal: t.boolean({
        description:
          'Whether the account does not belong to the team, which syncs then leave alone; null lets GitHub decide again.',
      }),
    }),
  },
  payload: ChangedMember,
  errors: [],
  role: 'ADMIN',
  may: 'set who is external among its members',
  team: ({ member }) => readRowId(member, 'Member').teamId,
  names: 'member',
  run: async ({ input, context, teamId, userId }) => {
    const key = readRowId(input.member, 'Member');
    const isExternal = input.isExternal ?? null;
    await context.writes.inTeam(teamId, (tx) =>
      setMemberExternal(tx, { ...key, isExternal, actorId: userId }),
    );
    return key;
  },
});
