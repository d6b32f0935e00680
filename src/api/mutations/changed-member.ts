import { readMembers, type RowKey } from '../../db/reads/rows-by-key.ts';
import { builder } from '../core/builder.ts';

/** What mutations of members answer. */
export const ChangedMember = builder.objectRef<RowKey>('ChangedMember').implement({
  description: 'A member after an admin has changed something about it.',
  fields: (t) => ({
    member: t.prismaField({
      type: 'Member',
      description: 'The member as it is now.',
      resolve: async (_query, key, _args, context) => {
        const member = await context.reads.load(readMembers, key);
        if (member === null) {
          throw new Error('a member was changed but not read back');
        }
        return member;
      },
    }),
  }),
});
