import {
  readOperators,
  readOperatorTokens,
  type OperatorRow,
} from '../../../db/reads/team-access.ts';
import { AccessToken } from '../../core/access-token.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import {
  checkPageSize,
  defineConnection,
  PAGE_COST,
  pageArguments,
  toPage,
} from '../../core/connection.ts';
import { decodeCursor } from '../../core/cursor.ts';
import { costs } from '../../core/field-cost.ts';
import { TeamAccess } from '../../core/team-access.ts';
import { requireOperator } from '../../core/team-admin.ts';

/** More than any installation has: a list without pages says how long it is. */
const MAX_LISTED = 100;

const SLUG_ORDER = [{ column: 'slug', type: 'text' }] as const;
const ID_ORDER = [{ column: 'id', type: 'bigint' }] as const;

const Operator = builder.objectRef<OperatorRow>('Operator').implement({
  description: 'A user who operates the installation.',
  fields: (t) => ({
    id: t.id({ description: 'Id of the user.', resolve: ({ userId }) => String(userId) }),
    email: t.exposeString('email', { description: 'Email address of the user.' }),
    name: t.exposeString('name', { description: 'Display name.' }),
  }),
});

const InstanceAuditEntry = builder.prismaObject('InstanceAudit', {
  variant: 'InstanceAuditEntry',
  description: 'What was changed about the installation.',
  fields: (t) => ({
    ...exposeColumns(t, 'InstanceAudit', {
      at: 'When it happened.',
      action: 'Name of the action, such as TEAM_CREATED.',
      actorId: 'Id of the operator who did it; null when a command on the database did.',
    }),
    details: t.string({
      description: 'Details of the action, as a JSON object.',
      resolve: ({ details }) => JSON.stringify(details),
    }),
  }),
});

const Installation = builder.objectRef<object>('Installation').implement({
  description: 'The installation, as those see it who operate it.',
  fields: (t) => ({
    teams: t.field({
      ...PAGE_COST,
      type: defineConnection(TeamAccess, 'TeamAccess', 'teams with their users'),
      description: 'All teams, by slug, with who may use them.',
      args: pageArguments,
      resolve: async (_installation, args, context) => {
        checkPageSize(args.first);
        const [after] = args.after == null ? [] : decodeCursor(args.after, SLUG_ORDER);
        const rows = await context.reads.db.team.findMany({
          ...(after !== undefined && { where: { slug: { gt: after } } }),
          orderBy: { slug: 'asc' },
          take: args.first + 1,
        });
        return toPage(rows, args, ['slug'], () => context.reads.db.team.count());
      },
    }),
    operators: t.field({
      ...costs({ size: MAX_LISTED }),
      type: [Operator],
      description: `Users who operate the installation, by email address, the first ${MAX_LISTED}.`,
      resolve: (_installation, _args, context) => readOperators(context.reads.session, MAX_LISTED),
    }),
    accessTokens: t.field({
      ...costs({ size: MAX_LISTED }),
      type: [AccessToken],
      description: `Access tokens of operators, newest first, the first ${MAX_LISTED}. Those that are revoked are not listed.`,
      resolve: (_installation, _args, context) =>
        readOperatorTokens(context.reads.session, MAX_LISTED),
    }),
    auditLog: t.field({
      ...PAGE_COST,
      type: defineConnection(
        InstanceAuditEntry,
        'InstanceAuditEntry',
        'audit log entries of the installation',
      ),
      description:
        'What was changed about the installation, newest first. What was changed of one team is in the audit log of that.',
      args: pageArguments,
      resolve: async (_installation, args, context) => {
        checkPageSize(args.first);
        const [after] = args.after == null ? [] : decodeCursor(args.after, ID_ORDER);
        const rows = await context.reads.db.instanceAudit.findMany({
          ...(after !== undefined && { where: { id: { lt: BigInt(after) } } }),
          orderBy: { id: 'desc' },
          take: args.first + 1,
        });
        return toPage(rows, args, ['id'], () => context.reads.db.instanceAudit.count());
      },
    }),
  }),
});

builder.queryField('installation', (t) =>
  t.field({
    type: Installation,
    nullable: true,
    authScopes: { viewer: true },
    description:
      'The installation with its teams and operators. For operators; null, with an error, for everyone else.',
    resolve: (_root, _args, context) => {
      requireOperator(context, 'see the installation');
      return {};
    },
  }),
);
