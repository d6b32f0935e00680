import type { RowKey } from '../../db/reads/rows-by-key.ts';
import { builder } from '../core/builder.ts';
import { loadRow } from '../core/load-row.ts';

/** What mutations of members answer. */
export const ChangedMember = builder.objectRef<RowKey>('ChangedMember').implement({
  description: 'A member after an admin has changed something about it.',
  fields: (t) => ({
    member: t.prismaField({
      type: 'Member',
      description: 'The member as it is now.',
      resolve: (_query, key, _args, context) => loadRow(context, 'Member', key),
    }),
  }),
});
