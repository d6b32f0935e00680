import { TEAM_MEMBERS } from '../../../db/reads/lists.ts';
import { readMembers } from '../../../db/reads/rows-by-key.ts';
import type { ActorKind } from '../../../domain/members/actor.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';
import { visibleTeamId } from '../../core/context.ts';
import { formatRowKey, readRowKey } from '../../core/global-id.ts';
import { MemberKind } from '../../core/member-kind.ts';

const Member = builder.prismaNode('Member', {
  description: 'A GitHub account that was seen in the repositories of a team.',
  nullable: true,
  id: { resolve: formatRowKey, description: 'Opaque id.' },
  findUnique: (id, context) => {
    const key = readRowKey(id);
    return { teamId_id: { teamId: visibleTeamId(context, key.teamId), id: key.id } };
  },
  fields: (t) => ({
    login: t.exposeString('login', { description: 'Login on GitHub.' }),
    name: t.exposeString('name', { nullable: true, description: 'Display name, if there is one.' }),
    kind: t.field({
      type: MemberKind,
      description: 'What kind of account it is.',
      resolve: (member) => member.kind as ActorKind,
    }),
    kindRule: t.exposeString('kindRule', { description: 'The rule that decided the kind.' }),
    kindSetBy: t.expose('kindSetById', {
      type: 'BigInt',
      nullable: true,
      description: 'Number of the admin who set the kind; null when a rule decided it.',
    }),
    organization: t.exposeString('organization', {
      nullable: true,
      description: 'The organisation that GitHub names it a member of; null when there is none.',
    }),
    mergedInto: t.relation('mergedInto', {
      nullable: true,
      description: 'The member that counts for this account; null when it counts for itself.',
      resolve: (_query, { teamId, mergedIntoId: id }, _args, context) =>
        id === null ? null : context.reads.load(readMembers, { teamId, id }),
    }),
    isExternal: t.exposeBoolean('isExternal', {
      description:
        'Whether the account does not belong to the team; such work is left out of team numbers.',
    }),
  }),
});

const MemberConnection = defineConnection(Member, 'Member', 'members');

builder.prismaObjectField('Team', 'members', (t) =>
  t.field({
    type: MemberConnection,
    description: 'Accounts that were seen in the repositories of the team, by login.',
    args: pageArguments,
    resolve: (team, args, context) => loadPage(context, TEAM_MEMBERS, [team.id], args),
  }),
);
