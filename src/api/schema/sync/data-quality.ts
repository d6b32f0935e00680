import {
  readRepositoryQuality,
  readTeamQuality,
  REPOSITORY_DRIFT,
  TEAM_DRIFT,
  type DriftRow,
  type Quality,
} from '../../../db/reads/data-quality.ts';
import { readRepositories, type RowKey } from '../../../db/reads/rows-by-key.ts';
import { toCalendarDate } from '../../../domain/rollups/week.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';

const Drift = builder.objectRef<DriftRow>('MonthDrift').implement({
  description: 'A month in which GitHub and the database did not agree when they were compared.',
  fields: (t) => ({
    month: t.field({
      type: 'Date',
      description: 'First day of the month, in UTC; pull requests count where they were opened.',
      resolve: ({ month }) => toCalendarDate(month),
    }),
    onGithub: t.exposeInt('onGithub', { description: 'Pull requests that GitHub counts.' }),
    stored: t.exposeInt('stored', { description: 'Pull requests that are stored.' }),
    verifiedAt: t.expose('verifiedAt', {
      type: 'DateTime',
      description: 'When they were compared.',
    }),
    repository: t.prismaField({
      type: 'Repository',
      description: 'The repository whose month it is.',
      resolve: async (_query, { teamId, repositoryId }, _args, context) => {
        const row = await context.reads.load(readRepositories, { teamId, id: repositoryId });
        if (row === null) {
          throw new Error('a month names a repository that is not there');
        }
        return row;
      },
    }),
  }),
});

const DriftConnection = defineConnection(Drift, 'MonthDrift', 'months that differ');

/** Quality of a repository, or of a whole team. */
type QualityOf = Quality & { readonly teamId: bigint; readonly repositoryId: bigint | null };

const DataQuality = builder.objectRef<QualityOf>('DataQuality').implement({
  description: 'How complete what is stored is, as the last comparison with GitHub saw it.',
  fields: (t) => ({
    completeness: t.exposeFloat('completeness', {
      nullable: true,
      description:
        "Share of GitHub's pull requests that are stored, 0 to 1, from where a repository is complete on; null before the first comparison.",
    }),
    lastVerifiedAt: t.expose('lastVerifiedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was compared; of a team, when the repository that waits longest was.',
    }),
    drift: t.field({
      type: DriftConnection,
      description: 'Months that still differ, newest first.',
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
    description: 'How complete what is stored of it is.',
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
    description: 'How complete what is stored of its repositories is.',
    resolve: async ({ id }, _args, context) => ({
      ...(await context.reads.load(readTeamQuality, { teamId: id })),
      teamId: id,
      repositoryId: null,
    }),
  }),
);
