import { TEAM_REPOSITORIES } from '../../../db/reads/lists.ts';
import {
  readRepositoryStatistics,
  type RepositoryStatistics,
} from '../../../db/reads/repository-statistics.ts';
import { readRepositoriesByName, readTeams } from '../../../db/reads/rows-by-key.ts';
import { formatRepositoryName, parseRepositoryName } from '../../../domain/sync/repository-name.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';
import { visibleTeamId } from '../../core/context.ts';
import { formatRowKey, readRowKey } from '../../core/global-id.ts';

const SYNC_STATES = {
  PENDING: { description: 'Not walked to its end yet.' },
  ACTIVE: { description: 'Synced.' },
  EMPTY: { description: 'Has no pull requests.' },
  ARCHIVED: { description: 'Archived on GitHub: its history stays, nothing new comes.' },
  FORBIDDEN: { description: 'GitHub refuses it to this connection; see syncReason.' },
  GONE: { description: 'Not there any more; see syncReason.' },
} as const;

const RepositorySyncState = builder.enumType('RepositorySyncState', {
  description: 'How a repository stands with its sync.',
  values: SYNC_STATES,
});

const PullRequestCounts = builder
  .objectRef<RepositoryStatistics>('RepositoryPullRequestCounts')
  .implement({
    description: 'Pull requests of a repository by state.',
    fields: (t) => ({
      total: t.exposeInt('total', { description: 'All.' }),
      merged: t.exposeInt('merged', { description: 'Merged.' }),
      open: t.exposeInt('open', { description: 'Open.' }),
      closed: t.exposeInt('closed', { description: 'Closed without a merge.' }),
    }),
  });

const Statistics = builder.objectRef<RepositoryStatistics>('RepositoryStatistics').implement({
  description: 'What is stored of a repository, counted.',
  fields: (t) => ({
    pullRequests: t.field({
      type: PullRequestCounts,
      description: 'Pull requests by state.',
      resolve: (statistics) => statistics,
    }),
    reviews: t.exposeInt('reviews', { description: 'Submitted reviews.' }),
    commits: t.exposeInt('commits', { description: 'Commits of pull requests.' }),
    pullRequestsWithCommits: t.exposeInt('pullRequestsWithCommits', {
      description: 'Pull requests of which at least one commit is stored.',
    }),
    authors: t.exposeInt('authors', { description: 'Distinct authors of pull requests.' }),
    sizedPullRequests: t.exposeInt('sized', {
      description: 'Pull requests whose line counts the source told.',
    }),
  }),
});

const Repository = builder.prismaNode('Repository', {
  description:
    'A repository of a team. Its name is an attribute: it may be renamed and transferred.',
  nullable: true,
  id: { resolve: formatRowKey, description: 'Opaque id.' },
  findUnique: (id, context) => {
    const key = readRowKey(id);
    return { teamId_id: { teamId: visibleTeamId(context, key.teamId), id: key.id } };
  },
  fields: (t) => ({
    owner: t.exposeString('owner', { description: 'Login of the owner.' }),
    name: t.exposeString('name', { description: 'Name without the owner.' }),
    nameWithOwner: t.string({
      description: 'owner/name, as GitHub shows it.',
      resolve: (repository) => formatRepositoryName(repository),
    }),
    defaultBranch: t.exposeString('defaultBranch', {
      nullable: true,
      description: 'Default branch; null for an empty repository.',
    }),
    isPrivate: t.exposeBoolean('isPrivate', { description: 'Whether it is private on GitHub.' }),
    isArchived: t.exposeBoolean('isArchived', { description: 'Whether it is archived on GitHub.' }),
    syncState: t.field({
      type: RepositorySyncState,
      description: 'How it stands with its sync.',
      resolve: (repository) => repository.syncState as keyof typeof SYNC_STATES,
    }),
    syncReason: t.exposeString('syncReason', {
      nullable: true,
      description: 'Why it is not synced, and what to do; null when all is well.',
    }),
    completeFrom: t.expose('completeFrom', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when every pull request is stored; null before the first walk has ended.',
    }),
    watermark: t.expose('watermark', {
      type: 'DateTime',
      nullable: true,
      description: 'Start of the last walk that ended: changes before it are stored.',
    }),
    statistics: t.field({
      type: Statistics,
      description: 'What is stored of it, counted.',
      resolve: ({ teamId, id }, _args, context) =>
        context.reads.load(readRepositoryStatistics, { teamId, id }),
    }),
    team: t.relation('team', {
      description: 'The team that it belongs to.',
      resolve: async (_query, { teamId }, _args, context) => {
        const team = await context.reads.load(readTeams, { teamId });
        if (team === null) {
          throw new Error('a repository names a team that is not there');
        }
        return team;
      },
    }),
  }),
});

const RepositoryConnection = defineConnection(Repository, 'Repository', 'repositories');

builder.prismaObjectFields('Team', (t) => ({
  repositories: t.field({
    type: RepositoryConnection,
    description: 'The repositories of the team, by name.',
    args: pageArguments,
    resolve: (team, args, context) => loadPage(context, TEAM_REPOSITORIES, [team.id], args),
  }),
  repository: t.field({
    type: Repository,
    nullable: true,
    description: 'One repository of the team, by name; null when the team has none of that name.',
    args: {
      name: t.arg.string({ required: true, description: 'owner/name, in upper or lower case.' }),
    },
    resolve: (team, args, context) => {
      const { owner, name } = parseRepositoryName(args.name);
      return context.reads.load(readRepositoriesByName, { teamId: team.id, owner, name });
    },
  }),
}));
