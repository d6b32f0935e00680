import { TEAM_MEMBERS } from '../../db/reads/lists.ts';
import type { ActorKind } from '../../domain/actor.ts';
import { builder } from '../builder.ts';
import { defineConnection, loadPage, pageArguments } from '../connection.ts';
import { visibleTeamId } from '../context.ts';
import { formatRowKey, readRowKey } from '../global-id.ts';

const MemberKind = builder.enumType('MemberKind', {
  description: 'What kind of account acts.',
  values: {
    HUMAN: { description: 'A person.' },
    BOT: { description: 'A program that is no AI agent.' },
    AI_AGENT: { description: 'A program that writes code by a model.' },
    UNKNOWN: { description: 'An account that GitHub no longer names, or a placeholder.' },
  },
});

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
