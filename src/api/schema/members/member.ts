import { TEAM_MEMBERS } from '../../../db/reads/lists.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { relatedRowOrNull } from '../../core/load-row.ts';
import { MemberKind } from '../../core/member-kind.ts';
import { TEAM_NODE } from '../../core/node.ts';

const Member = builder.prismaNode('Member', {
  ...TEAM_NODE,
  description: 'A GitHub account that was active in the repositories of a team.',
  fields: (t) => ({
    ...exposeColumns(t, 'Member', {
      login: 'Login on GitHub.',
      name: 'Display name; null when there is none.',
      kind: { type: MemberKind, description: 'Kind of the account.' },
      kindRule: 'Rule that determined the kind.',
      organization:
        'Login of the organisation that the account belongs to; null when it belongs to none.',
    }),
    isExternal: t.boolean({
      description:
        'Whether the account does not belong to the team, as an admin has set it, else as GitHub says: somebody whose membership is private may look like an outsider. Team metrics count external people unless they are narrowed.',
      resolve: ({ externalSet, isExternal }) => externalSet ?? isExternal,
    }),
    externalSetBy: t.expose('externalSetById', {
      type: 'BigInt',
      nullable: true,
      description: 'Id of the admin who set whether it is external; null when GitHub says it.',
    }),
    kindSetBy: t.expose('kindSetById', {
      type: 'BigInt',
      nullable: true,
      description: 'Id of the admin who set the kind; null when a rule determined it.',
    }),
    mergedInto: t.relation('mergedInto', {
      nullable: true,
      description: 'The member that this account was merged into; null when it was not merged.',
      resolve: relatedRowOrNull('Member', 'mergedIntoId'),
    }),
  }),
});

addPages('Team', 'members', {
  connection: defineConnection(Member, 'Member', 'members'),
  list: TEAM_MEMBERS,
  description: 'Accounts that were active in the repositories of the team, by login.',
});
