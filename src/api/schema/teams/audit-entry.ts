import { TEAM_AUDIT } from '../../../db/reads/lists.ts';
import { DomainError } from '../../../domain/core/errors.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';
import { requireViewer } from '../../core/context.ts';

const AuditEntry = builder.prismaObject('AdminAudit', {
  variant: 'AuditEntry',
  description: 'What an admin changed, or housekeeping removed.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was done.' }),
    action: t.exposeString('action', { description: 'What was done, such as RETENTION.' }),
    actorId: t.expose('actorId', {
      type: 'BigInt',
      nullable: true,
      description: 'Number of the user who did it; null when the system did.',
    }),
    details: t.string({
      description: 'Names and numbers of it, as a JSON object.',
      resolve: ({ details }) => JSON.stringify(details),
    }),
  }),
});

const AuditEntryConnection = defineConnection(AuditEntry, 'AuditEntry', 'entries of the audit');

builder.prismaObjectField('Team', 'auditLog', (t) =>
  t.field({
    type: AuditEntryConnection,
    description: 'What was changed and removed in the team, newest first. For its admins.',
    args: pageArguments,
    resolve: (team, args, context) => {
      if (!requireViewer(context).adminTeamIds.includes(team.id)) {
        throw new DomainError('FORBIDDEN', 'Only an admin of the team may read its audit.');
      }
      return loadPage(context, TEAM_AUDIT, [team.id], args);
    },
  }),
);
