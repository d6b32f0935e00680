import {
  PULL_REQUEST_DEPLOYMENTS,
  REPOSITORY_DEPLOYMENTS,
} from '../../../db/reads/delivery-lists.ts';
import { readDeployments, readMembers, readRepositories } from '../../../db/reads/rows-by-key.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';
import { visibleTeamId } from '../../core/context.ts';
import { formatRowKey, readRowKey } from '../../core/global-id.ts';

const STATES = {
  PENDING: { description: 'Created; nothing has happened yet.' },
  QUEUED: { description: 'Waits for a machine.' },
  WAITING: { description: 'Waits for an approval or a timer.' },
  IN_PROGRESS: { description: 'Going on.' },
  SUCCESS: { description: 'Went well, and no later one has replaced it.' },
  INACTIVE: { description: 'Went well, and was replaced since.' },
  FAILURE: { description: 'Failed.' },
  ERROR: { description: 'Broke off.' },
  DESTROYED: { description: 'Its environment was taken down.' },
  ABANDONED: { description: 'Given up.' },
} as const;

const COMPARE_STATES = {
  PENDING: { description: 'Not looked for yet, or it has not gone well.' },
  COMPARED: { description: 'All are known.' },
  FIRST: { description: 'The first that is known of its environment: nothing to compare it with.' },
  UNAVAILABLE: { description: 'Cannot be known; see compareReason.' },
} as const;

const DeploymentState = builder.enumType('DeploymentState', {
  description: 'How a deployment stands.',
  values: STATES,
});

const DeploymentCompareState = builder.enumType('DeploymentCompareState', {
  description: 'Whether the commits are known that a deployment brought.',
  values: COMPARE_STATES,
});

const Deployment = builder.prismaNode('Deployment', {
  description:
    'One deployment of a repository. What it brought are the commits that the last successful deployment to its environment before it did not have.',
  nullable: true,
  id: {
    resolve: ({ teamId, githubId }) => formatRowKey({ teamId, id: githubId }),
    description: 'Opaque id.',
  },
  findUnique: (id, context) => {
    const key = readRowKey(id);
    return {
      teamId_githubId: { teamId: visibleTeamId(context, key.teamId), githubId: key.id },
    };
  },
  fields: (t) => ({
    environment: t.exposeString('environment', { description: 'Where to.' }),
    state: t.field({
      type: DeploymentState,
      description: 'How it stands.',
      resolve: ({ state }) => state as keyof typeof STATES,
    }),
    sha: t.exposeString('sha', { description: 'The commit that was deployed.' }),
    ref: t.exposeString('ref', {
      nullable: true,
      description: 'The branch or tag that was deployed; null when it was a commit, or is gone.',
    }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'What whoever deployed wrote about it.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    succeededAt: t.expose('succeededAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it first went well; null while it has not.',
    }),
    compareState: t.field({
      type: DeploymentCompareState,
      description: 'Whether its commits are known.',
      resolve: ({ compareState }) => compareState as keyof typeof COMPARE_STATES,
    }),
    compareReason: t.exposeString('compareReason', {
      nullable: true,
      description: 'Why its commits cannot be known; null when they can.',
    }),
    commitCount: t.exposeInt('commitCount', {
      nullable: true,
      description: 'Commits that it brought, 0 for a rollback; null when they are not known.',
    }),
    creator: t.relation('creator', {
      nullable: true,
      description: 'Who deployed; null when GitHub does not say.',
      resolve: (_query, { teamId, creatorId: id }, _args, context) =>
        id === null ? null : context.reads.load(readMembers, { teamId, id }),
    }),
    repository: t.relation('repository', {
      description: 'The repository that was deployed.',
      resolve: async (_query, { teamId, repositoryId: id }, _args, context) => {
        const repository = await context.reads.load(readRepositories, { teamId, id });
        if (repository === null) {
          throw new Error('a deployment names a repository that is not there');
        }
        return repository;
      },
    }),
  }),
});

const DeploymentConnection = defineConnection(Deployment, 'Deployment', 'deployments');

builder.prismaObjectField('Repository', 'deployments', (t) =>
  t.field({
    type: DeploymentConnection,
    description: 'Deployments of the repository, newest first.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) =>
      loadPage(context, REPOSITORY_DEPLOYMENTS, [teamId, id], args),
  }),
);

builder.prismaObjectField('PullRequest', 'deployments', (t) =>
  t.field({
    type: DeploymentConnection,
    description: 'Deployments that brought it, to each environment, oldest first.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) =>
      loadPage(context, PULL_REQUEST_DEPLOYMENTS, [teamId, id], args),
  }),
);

builder.prismaObjectField('Incident', 'deployment', (t) =>
  t.field({
    type: Deployment,
    nullable: true,
    description: 'The deployment that caused it, where somebody said so; never guessed.',
    resolve: ({ teamId, deploymentId: id }, _args, context) =>
      id === null ? null : context.reads.load(readDeployments, { teamId, id }),
  }),
);
