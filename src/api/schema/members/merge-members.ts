import { memberChange } from '../../../db/members/member-kind.ts';
import { mergeMembers } from '../../../db/members/member-merge.ts';
import { invalidInput } from '../../core/errors.ts';
import { readRowId } from '../../core/global-id.ts';
import { requireAdminOf } from '../../core/team-admin.ts';
import { ChangedMember } from '../../mutations/changed-member.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

const MERGE = 'merge its members';

defineMutation({
  name: 'mergeMembers',
  description:
    'Makes two accounts one member: all that one did, and will do, counts as the work of the other. The weeks that change are computed anew. It cannot be undone.',
  input: {
    description: 'Two accounts of one person.',
    fields: (t) => ({
      from: t.id({ required: true, description: 'The member that counts as the other one now.' }),
      into: t.id({ required: true, description: 'The member that stays.' }),
    }),
  },
  payload: ChangedMember,
  errors: [],
  role: 'ADMIN',
  may: MERGE,
  team: ({ into }) => readRowId(into, 'Member').teamId,
  names: 'member',
  run: async ({ input, context, teamId }) => {
    const from = readRowId(input.from, 'Member');
    const into = readRowId(input.into, 'Member');
    requireAdminOf(context, from.teamId, 'member', MERGE);
    if (from.teamId !== teamId) {
      throw invalidInput('Members of two teams cannot be merged: name two of one.');
    }
    await context.writes.inTeam(
      teamId,
      (tx) => mergeMembers(tx, { teamId, fromId: from.id, intoId: into.id }),
      memberChange(teamId),
    );
    return into;
  },
});
