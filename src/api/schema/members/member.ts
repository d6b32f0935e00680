import { TEAM_MEMBERS } from '../../../db/reads/lists.ts';
import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import type { ActorKind } from '../../../domain/members/actor.ts';
import { builder } from '../../core/builder.ts';
import { mergeMembers, setKind } from '../../mutations/change-members.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';
import { visibleTeamId } from '../../core/context.ts';
import { formatRowKey, readRowKey } from '../../core/global-id.ts';
import { loadRow, relatedRowOrNull } from '../../core/load-row.ts';
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  withTypedErrors,
} from '../../core/typed-errors.ts';

const MemberKind = builder.enumType('MemberKind', {
  description: 'Kind of an account.',
  values: {
    HUMAN: { description: 'A person.' },
    BOT: { description: 'A bot other than an AI agent.' },
    AI_AGENT: { description: 'An AI agent that writes code.' },
    UNKNOWN: { description: 'A deleted account or a placeholder.' },
  },
});

const Member = builder.prismaNode('Member', {
  description: 'A GitHub account that was active in the repositories of a team.',
  nullable: true,
  id: { resolve: formatRowKey, description: 'Opaque id.' },
  findUnique: (id, context) => {
    const key = readRowKey(id);
    return { teamId_id: { teamId: visibleTeamId(context, key.teamId), id: key.id } };
  },
  fields: (t) => ({
    login: t.exposeString('login', { description: 'Login on GitHub.' }),
    name: t.exposeString('name', {
      nullable: true,
      description: 'Display name; null when there is none.',
    }),
    kind: t.field({
      type: MemberKind,
      description: 'Kind of the account.',
      resolve: (member) => member.kind as ActorKind,
    }),
    kindRule: t.exposeString('kindRule', { description: 'Rule that determined the kind.' }),
    kindSetBy: t.expose('kindSetById', {
      type: 'BigInt',
      nullable: true,
      description: 'Id of the admin who set the kind; null when a rule determined it.',
    }),
    organization: t.exposeString('organization', {
      nullable: true,
      description:
        'Login of the organisation that the account belongs to; null when it belongs to none.',
    }),
    mergedInto: t.relation('mergedInto', {
      nullable: true,
      description: 'The member that this account was merged into; null when it was not merged.',
      resolve: relatedRowOrNull('Member', 'mergedIntoId'),
    }),
    isExternal: t.exposeBoolean('isExternal', {
      description:
        'Whether the account does not belong to the team. Its work is excluded from team metrics.',
    }),
  }),
});

const MemberConnection = defineConnection(Member, 'Member', 'members');

builder.prismaObjectField('Team', 'members', (t) =>
  t.field({
    type: MemberConnection,
    description: 'Accounts that were active in the repositories of the team, by login.',
    args: pageArguments,
    resolve: (team, args, context) => loadPage(context, TEAM_MEMBERS, [team.id], args),
  }),
);

const ChangedMember = builder.objectRef<RowKey>('ChangedMember').implement({
  description: 'A member after an admin has changed something about it.',
  fields: (t) => ({
    member: t.field({
      type: Member,
      description: 'The member as it is now.',
      resolve: (key, _args, context) => loadRow(context, 'Member', key),
    }),
  }),
});

const MergeMembersInput = builder.inputType('MergeMembersInput', {
  description: 'Two accounts of one person.',
  fields: (t) => ({
    from: t.id({ required: true, description: 'The member that counts as the other one now.' }),
    into: t.id({ required: true, description: 'The member that stays.' }),
  }),
});

builder.mutationField('mergeMembers', (t) =>
  t.field({
    type: ChangedMember,
    authScopes: { viewer: true },
    description:
      'Makes two accounts one member: all that one did, and will do, counts as the other one. The weeks that change are computed anew. It cannot be undone. For admins.',
    args: {
      input: t.arg({ type: MergeMembersInput, required: true, description: 'Which members.' }),
    },
    errors: {
      types: [InvalidInputError, ForbiddenError, NotFoundError],
      directResult: true,
      union: {
        name: 'MergeMembersResult',
        description: 'The member that counts, or why nothing was changed.',
      },
    },
    resolve: (_root, { input }, context) => withTypedErrors(() => mergeMembers(context, input)),
  }),
);

const SetMemberKindInput = builder.inputType('SetMemberKindInput', {
  description: 'What kind of account a member is.',
  fields: (t) => ({
    member: t.id({ required: true, description: 'The member.' }),
    kind: t.field({
      type: MemberKind,
      description: 'The kind, which syncs then leave alone; null gives it back to the rules.',
    }),
  }),
});

builder.mutationField('setMemberKind', (t) =>
  t.field({
    type: ChangedMember,
    authScopes: { viewer: true },
    description:
      'Sets what kind of account a member is. Phases of what it reviewed are cut anew, and the weeks that change are computed anew. For admins.',
    args: {
      input: t.arg({ type: SetMemberKindInput, required: true, description: 'Which, and what.' }),
    },
    errors: {
      types: [InvalidInputError, ForbiddenError, NotFoundError],
      directResult: true,
      union: {
        name: 'SetMemberKindResult',
        description: 'The member, or why nothing was changed.',
      },
    },
    resolve: (_root, { input }, context) => withTypedErrors(() => setKind(context, input)),
  }),
);
