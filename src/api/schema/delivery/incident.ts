import { TEAM_INCIDENTS } from '../../../db/reads/delivery-lists.ts';
import { readRepositories } from '../../../db/reads/rows-by-key.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';
import { visibleTeamId } from '../../core/context.ts';
import { formatRowKey, readRowKey } from '../../core/global-id.ts';

const Incident = builder.prismaNode('Incident', {
  description: 'A failure that people had to deal with, told by a webhook or reported by hand.',
  nullable: true,
  id: { resolve: formatRowKey, description: 'Opaque id.' },
  findUnique: (id, context) => {
    const key = readRowKey(id);
    return { teamId_id: { teamId: visibleTeamId(context, key.teamId), id: key.id } };
  },
  fields: (t) => ({
    source: t.exposeString('source', {
      description: 'Who told of it: the name of a source, or MANUAL.',
    }),
    externalId: t.exposeString('externalId', { description: 'Its id there.' }),
    title: t.exposeString('title', { description: 'What happened, in a line.' }),
    url: t.exposeString('url', { nullable: true, description: 'Its address, where it has one.' }),
    environment: t.exposeString('environment', {
      nullable: true,
      description: 'Where it happened; null when nobody said.',
    }),
    openedAt: t.expose('openedAt', { type: 'DateTime', description: 'When it began.' }),
    resolvedAt: t.expose('resolvedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it goes on.',
    }),
    repository: t.relation('repository', {
      nullable: true,
      description: 'The repository it is about; null when nobody said.',
      resolve: (_query, { teamId, repositoryId: id }, _args, context) =>
        id === null ? null : context.reads.load(readRepositories, { teamId, id }),
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
