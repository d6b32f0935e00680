import { TEAM_INCIDENTS } from '../../../db/reads/delivery-lists.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { relatedRowOrNull } from '../../core/load-row.ts';
import { TEAM_NODE } from '../../core/node.ts';

const Incident = builder.prismaNode('Incident', {
  ...TEAM_NODE,
  description: 'A failure that somebody had to handle, reported by a webhook or by hand.',
  fields: (t) => ({
    ...exposeColumns(t, 'Incident', {
      source: 'Who reported it: the name of a source, or MANUAL.',
      externalId: 'Id of the incident in that source.',
      title: 'What happened, in a line.',
      url: 'URL of the incident; null when it has none.',
      environment: 'Environment where it happened; null when not reported.',
      openedAt: 'When it started.',
      resolvedAt: 'When it was resolved; null while it is open.',
    }),
    repository: t.relation('repository', {
      nullable: true,
      description: 'The affected repository; null when not reported.',
      resolve: relatedRowOrNull('Repository', 'repositoryId'),
    }),
  }),
});

addPages('Team', 'incidents', {
  connection: defineConnection(Incident, 'Incident', 'incidents'),
  list: TEAM_INCIDENTS,
  description: 'Incidents of the team, newest first.',
});
