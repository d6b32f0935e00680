import { TEAM_INCIDENTS } from '../../../db/reads/delivery-lists.ts';
import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';
import { visibleTeamId } from '../../core/context.ts';
import { formatRowKey, readRowKey } from '../../core/global-id.ts';
import { loadRow, relatedRowOrNull } from '../../core/load-row.ts';
import { reportIncident, resolveIncident } from '../../mutations/report-incident.ts';
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  withTypedErrors,
} from '../../core/typed-errors.ts';

const Incident = builder.prismaNode('Incident', {
  description: 'A failure that somebody had to handle, reported by a webhook or by hand.',
  nullable: true,
  id: { resolve: formatRowKey, description: 'Opaque id.' },
  findUnique: (id, context) => {
    const key = readRowKey(id);
    return { teamId_id: { teamId: visibleTeamId(context, key.teamId), id: key.id } };
  },
  fields: (t) => ({
    source: t.exposeString('source', {
      description: 'Who reported it: the name of a source, or MANUAL.',
    }),
    externalId: t.exposeString('externalId', { description: 'Id of the incident in that source.' }),
    title: t.exposeString('title', { description: 'What happened, in a line.' }),
    url: t.exposeString('url', {
      nullable: true,
      description: 'URL of the incident; null when it has none.',
    }),
    environment: t.exposeString('environment', {
      nullable: true,
      description: 'Environment where it happened; null when not reported.',
    }),
    openedAt: t.expose('openedAt', { type: 'DateTime', description: 'When it started.' }),
    resolvedAt: t.expose('resolvedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was resolved; null while it is open.',
    }),
    repository: t.relation('repository', {
      nullable: true,
      description: 'The affected repository; null when not reported.',
      resolve: relatedRowOrNull('Repository', 'repositoryId'),
    }),
  }),
});

const IncidentConnection = defineConnection(Incident, 'Incident', 'incidents');

builder.prismaObjectField('Team', 'incidents', (t) =>
  t.field({
    type: IncidentConnection,
    description: 'Incidents of the team, newest first.',
    args: pageArguments,
    resolve: (team, args, context) => loadPage(context, TEAM_INCIDENTS, [team.id], args),
  }),
);

const IncidentPayload = builder
  .objectRef<{ readonly incident: RowKey }>('IncidentPayload')
  .implement({
    description: 'The incident as it is now.',
    fields: (t) => ({
      incident: t.field({
        type: Incident,
        description: 'The incident.',
        resolve: ({ incident }, _args, context) => loadRow(context, 'Incident', incident),
      }),
    }),
  });

const ReportIncidentInput = builder.inputType('ReportIncidentInput', {
  description: 'An incident that no source tells of.',
  fields: (t) => ({
    teamId: t.id({ required: true, description: 'The team that deals with it.' }),
    externalId: t.string({
      required: true,
      description: 'A name of your own for it: reported again under it, it is changed.',
    }),
    title: t.string({ required: true, description: 'What happened, in a line.' }),
    url: t.string({ description: 'Where to read more.' }),
    repositoryId: t.id({ description: 'The repository it is about.' }),
    environment: t.string({ description: 'Where it happened.' }),
    deploymentId: t.id({
      description: 'The deployment that caused it; says the repository and environment itself.',
    }),
    openedAt: t.field({ type: 'DateTime', required: true, description: 'When it began.' }),
    resolvedAt: t.field({ type: 'DateTime', description: 'When it ended, if it has.' }),
  }),
});

const ResolveIncidentInput = builder.inputType('ResolveIncidentInput', {
  description: 'Which incident has ended.',
  fields: (t) => ({
    incidentId: t.id({ required: true, description: 'The incident.' }),
    resolvedAt: t.field({ type: 'DateTime', description: 'When it ended; now when absent.' }),
  }),
});

builder.mutationFields((t) => ({
  reportIncident: t.field({
    type: IncidentPayload,
    authScopes: { viewer: true },
    description: 'Reports an incident, or changes one that was reported by hand. For admins.',
    args: {
      input: t.arg({ type: ReportIncidentInput, required: true, description: 'The incident.' }),
    },
    errors: {
      types: [InvalidInputError, ForbiddenError, NotFoundError],
      directResult: true,
      union: {
        name: 'ReportIncidentResult',
        description: 'The incident, or why it was not taken.',
      },
    },
    resolve: (_root, { input }, context) =>
      withTypedErrors(async () => ({ incident: await reportIncident(context, input) })),
  }),
  resolveIncident: t.field({
    type: IncidentPayload,
    authScopes: { viewer: true },
    description: 'Says that an incident is over, whoever told of it. For admins.',
    args: {
      input: t.arg({ type: ResolveIncidentInput, required: true, description: 'Which one.' }),
    },
    errors: {
      types: [InvalidInputError, ForbiddenError, NotFoundError],
      directResult: true,
      union: {
        name: 'ResolveIncidentResult',
        description: 'The incident, or why it was not changed.',
      },
    },
    resolve: (_root, { input }, context) =>
      withTypedErrors(async () => ({ incident: await resolveIncident(context, input) })),
  }),
}));
