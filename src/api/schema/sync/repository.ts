import { TEAM_REPOSITORIES } from '../../../db/reads/lists.ts';
import {
  readRepositoryStatistics,
  type RepositoryStatistics,
} from '../../../db/reads/repository-statistics.ts';
import { readTeamFreshness, type TeamFreshness } from '../../../db/reads/team-freshness.ts';
import { readRepositoriesByName } from '../../../db/reads/rows-by-key.ts';
import { formatRepositoryName, parseRepositoryName } from '../../../domain/sync/repository-name.ts';
import { MAX_TRACKED_BRANCHES } from '../../../domain/pulls/tracked-branches.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { defineEnum } from '../../core/enums.ts';
import { costs } from '../../core/field-cost.ts';
import { loadRowOrNull, teamOfRow } from '../../core/load-row.ts';
import { TEAM_NODE } from '../../core/node.ts';

const RepositorySyncState = defineEnum('RepositorySyncState', 'Sync state of a repository.', {
  PENDING: 'Not completely synced yet.',
  ACTIVE: 'Synced.',
  EMPTY: 'Has no pull requests.',
  ARCHIVED: 'Archived on GitHub: its history stays, and nothing new is added.',
  FORBIDDEN: 'GitHub denies this connection access; see syncReason.',
  GONE: 'No longer exists; see syncReason.',
});

const PullRequestCounts = builder
  .objectRef<RepositoryStatistics>('RepositoryPullRequestCounts')
  .implement({
    description: 'Number of pull requests of a repository by state.',
    fields: (t) => ({
      total: t.exposeInt('total', { description: 'All pull requests.' }),
      merged: t.exposeInt('merged', { description: 'Merged.' }),
      open: t.exposeInt('open', { description: 'Open.' }),
      closed: t.exposeInt('closed', { description: 'Closed without a merge.' }),
    }),
  });

const Statistics = builder.objectRef<RepositoryStatistics>('RepositoryStatistics').implement({
  description: 'Counts of what is stored for a repository.',
  fields: (t) => ({
    pullRequests: t.field({
      type: PullRequestCounts,
      description: 'Number of pull requests by state.',
      resolve: (statistics) => statistics,
    }),
    reviews: t.exposeInt('reviews', { description: 'Number of submitted reviews.' }),
    commits: t.exposeInt('commits', { description: 'Number of commits of pull requests.' }),
    pullRequestsWithCommits: t.exposeInt('pullRequestsWithCommits', {
      description: 'Number of pull requests with at least one stored commit.',
    }),
    authors: t.exposeInt('authors', {
      description: 'Number of distinct authors of pull requests.',
    }),
    sizedPullRequests: t.exposeInt('sized', {
      description: 'Number of pull requests whose line counts are known.',
    }),
  }),
});

const Repository = builder.prismaNode('Repository', {
  ...TEAM_NODE,
  description: 'A repository of a team. Its id stays the same when it is renamed or transferred.',
  fields: (t) => ({
    ...exposeColumns(t, 'Repository', {
      owner: 'Login of the owner.',
      name: 'Name without the owner.',
      defaultBranch: 'Default branch; null for an empty repository.',
      trackedBranches: {
        ...costs({ size: MAX_TRACKED_BRANCHES }),
        description:
          'Names of branches, or patterns with an asterisk, that count instead of those of the team; when empty, those of the team do.',
      },
      isPrivate: 'Whether it is private on GitHub.',
      isArchived: 'Whether it is archived on GitHub.',
      syncState: { type: RepositorySyncState, description: 'Current sync state.' },
      syncReason: 'Why it is not synced and what to do about it; null when there is no problem.',
      completeFrom:
        'Time since which all pull requests are stored; null until the first sync has finished.',
      watermark:
        'Newest update that a finished sync saw: all earlier changes are stored, but for what deadLetters lists.',
      syncedAt:
        'When its last sync that came to its end began: what had happened on GitHub by then is stored, but for what deadLetters lists. Null before the first.',
    }),
    nameWithOwner: t.string({
      description: 'owner/name, as GitHub shows it.',
      resolve: (repository) => formatRepositoryName(repository),
    }),
    statistics: t.field({
      type: Statistics,
      description: 'Counts of what is stored for it.',
      resolve: ({ teamId, id }, _args, context) =>
        context.reads.load(readRepositoryStatistics, { teamId, id }),
    }),
    team: t.relation('team', {
      description: 'The team that it belongs to.',
      resolve: teamOfRow,
    }),
  }),
});

const Freshness = builder.objectRef<TeamFreshness>('TeamFreshness').implement({
  description:
    'How far the data of a team reaches towards now. Repositories that are archived or gone do not count.',
  fields: (t) => ({
    syncedAt: t.expose('syncedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'What had happened on GitHub by then is stored of every repository; null while one was never synced to the end, or there is none.',
    }),
    oldestRepository: t.field({
      type: Repository,
      nullable: true,
      description: 'The repository that was not synced for longest; null when there is none.',
      resolve: ({ teamId, repositoryId: id }, _args, context) =>
        id === null ? null : loadRowOrNull(context, 'Repository', { teamId, id }),
    }),
  }),
});

builder.prismaObjectField('Team', 'freshness', (t) =>
  t.field({
    type: Freshness,
    description: 'How far its data reaches towards now, and which repository holds it back.',
    resolve: ({ id: teamId }, _args, context) => context.reads.load(readTeamFreshness, { teamId }),
  }),
);

addPages('Team', 'repositories', {
  connection: defineConnection(Repository, 'Repository', 'repositories'),
  list: TEAM_REPOSITORIES,
  description: 'The repositories of the team, by name.',
});

builder.prismaObjectField('Team', 'repository', (t) =>
  t.field({
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
);
