import { memberChange, setMemberKind } from '../../../db/members/member-kind.ts';
import { readRowId } from '../../core/global-id.ts';
import { MemberKind } from '../../core/member-kind.ts';
import { ChangedMember } from '../../mutations/changed-member.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

defineMutation({
  name: 'setMemberKind',
  description:
    'Sets what kind of account a member is, or lets the rules decide again. The review phases of what it reviewed and the weeks that change are computed anew.',
  input: {
    description: 'What kind of account a member is.',
    fields: (t) => ({
      member: t.id({ required: true, description: 'The member.' }),
      kind: t.field({
        type: MemberKind,
        description: 'The kind, which syncs then leave alone; null lets the rules decide again.',
      }),
    }),
  },
  payload: ChangedMember,
  errors: [],
  role: 'ADMIN',
  may: 'set the kind of its members',
  team: ({ member }) => readRowId(member, 'Member').teamId,
  names: 'member',
  run: async ({ input, context, teamId, userId }) => {
    const key = readRowId(input.member, 'Member');
    const kind = input.kind ?? null;
    await context.writes.inTeam(
      teamId,
      (tx) => setMemberKind(tx, { ...key, kind, actorId: userId }),
      memberChange(teamId),
    );
    return key;
  },
});
