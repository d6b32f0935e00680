import {
  readRepositoryQuality,
  readTeamQuality,
  REPOSITORY_DRIFT,
  TEAM_DRIFT,
  type DriftRow,
  type Quality,
} from '../../../db/reads/data-quality.ts';
import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import { toCalendarDate } from '../../../domain/rollups/week.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, PAGE_COST, pageArguments } from '../../core/connection.ts';
import { relatedRow } from '../../core/load-row.ts';

const Drift = builder.objectRef<DriftRow>('MonthDrift').implement({
  description: 'A month for which GitHub and the database had different counts when last compared.',
  fields: (t) => ({
    month: t.field({
      type: 'Date',
      description:
        'First day of the month in UTC. Pull requests count in the month in which they were opened.',
      resolve: ({ month }) => toCalendarDate(month),
    }),
    onGithub: t.exposeInt('onGithub', { description: 'Number of pull requests on GitHub.' }),
    stored: t.exposeInt('stored', { description: 'Number of pull requests stored.' }),
    verifiedAt: t.expose('verifiedAt', {
      type: 'DateTime',
      description: 'When they were compared.',
    }),
    repository: t.prismaField({
      type: 'Repository',
      description: 'The repository that was compared.',
      resolve: relatedRow('Repository', 'repositoryId'),
    }),
  }),
});

const DriftConnection = defineConnection(Drift, 'MonthDrift', 'months with different counts');

/** Quality of a repository, or of a whole team. */
type QualityOf = Quality & { readonly teamId: bigint; readonly repositoryId: bigint | null };

const DataQuality = builder.objectRef<QualityOf>('DataQuality').implement({
  description:
    'How complete the stored data is, according to the last comparison with GitHub, and what could not be stored.',
  fields: (t) => ({
    completeness: t.exposeFloat('completeness', {
      nullable: true,
      description:
        "Share of GitHub's pull requests that are stored, 0 to 1, counted from the time since which a repository is complete; null before the first comparison.",
    }),
    lastVerifiedAt: t.expose('lastVerifiedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it was last compared; for a team, the earliest such time of its repositories.',
    }),
    deadLetters: t.exposeInt('deadLetters', {
      description:
        'Number of rows from GitHub that could not be stored and are not resolved, whatever became of the syncs since.',
    }),
    unknownWords: t.exposeInt('unknownWords', {
      description:
        'Number of values of stored rows, such as conclusions of checks, for which GitHub has a word that is not known. They are UNKNOWN, and the word stands beside them.',
    }),
    unreadable: t.exposeInt('unreadable', {
      description:
        'Number of values and entries of stored pull requests that could not be read, such as the date of a commit or the id of an account, or that the GitHub Enterprise Server does not have: the value is unknown, or the entry is left out.',
    }),
    anomalies: t.exposeInt('anomalies', {
      description:
        'Number of pull requests that were reviewed, merged or closed before they were created, by the times that GitHub gives. They are counted, and excluded from means.',
    }),
    drift: t.field({
      ...PAGE_COST,
      type: DriftConnection,
      description: 'Months with different counts, newest first.',
      args: pageArguments,
      resolve: ({ teamId, repositoryId }, args, context) =>
        repositoryId === null
          ? loadPage(context, TEAM_DRIFT, [teamId], args)
          : loadPage(context, REPOSITORY_DRIFT, [teamId, repositoryId], args),
    }),
  }),
});

builder.prismaObjectField('Repository', 'dataQuality', (t) =>
  t.field({
    type: DataQuality,
    description: 'How complete the stored data of the repository is.',
    resolve: async ({ teamId, id }: RowKey, _args, context) => ({
      ...(await context.reads.load(readRepositoryQuality, { teamId, id })),
      teamId,
      repositoryId: id,
    }),
  }),
);

builder.prismaObjectField('Team', 'dataQuality', (t) =>
  t.field({
    type: DataQuality,
    description: 'How complete the stored data of its repositories is.',
    resolve: async ({ id }, _args, context) => ({
      ...(await context.reads.load(readTeamQuality, { teamId: id })),
      teamId: id,
      repositoryId: null,
    }),
  }),
);
