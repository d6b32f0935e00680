import { TEAM_AUDIT } from '../../../db/reads/lists.ts';
import { DomainError } from '../../../domain/core/errors.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { defineConnection, loadPage, PAGE_COST, pageArguments } from '../../core/connection.ts';
import { requireViewer } from '../../core/context.ts';

const AuditEntry = builder.prismaObject('AdminAudit', {
  variant: 'AuditEntry',
  description: 'A change by an admin, or what an admin asked for, or a removal by retention.',
  fields: (t) => ({
    ...exposeColumns(t, 'AdminAudit', {
      at: 'When it happened.',
      action:
        'Name of the action, such as RETENTION. What Temporal does is recorded before Temporal is asked; an entry whose name ends in _FAILED follows when the request failed, of which it may have taken parts.',
      actorId: 'Id of the user who did it; null when the system did.',
    }),
    details: t.string({
      description: 'Details of the action, as a JSON object.',
      resolve: ({ details }) => JSON.stringify(details),
    }),
  }),
});

const AuditEntryConnection = defineConnection(AuditEntry, 'AuditEntry', 'audit log entries');

builder.prismaObjectField('Team', 'auditLog', (t) =>
  t.field({
    ...PAGE_COST,
    type: AuditEntryConnection,
    nullable: true,
    description:
      'Audit log of the team, newest first. For its admins; null, with an error, for everyone else.',
    args: pageArguments,
    resolve: (team, args, context) => {
      if (!requireViewer(context).adminTeamIds.includes(team.id)) {
        throw new DomainError('FORBIDDEN', 'Only an admin of the team may read its audit.');
      }
      return loadPage(context, TEAM_AUDIT, [team.id], args);
    },
  }),
);
