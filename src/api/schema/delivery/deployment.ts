import {
  PULL_REQUEST_DEPLOYMENTS,
  REPOSITORY_DEPLOYMENTS,
  TEAM_DEPLOYMENTS,
} from '../../../db/reads/delivery-lists.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { visibleTeamId } from '../../core/context.ts';
import { defineEnum, RAW_WORD } from '../../core/enums.ts';
import { formatRowKey, readRowKey } from '../../core/global-id.ts';
import { loadRowOrNull, relatedRow, relatedRowOrNull } from '../../core/load-row.ts';

const DeploymentState = defineEnum('DeploymentState', 'State of a deployment.', {
  PENDING: 'Created; nothing has happened yet.',
  QUEUED: 'Queued.',
  WAITING: 'Waiting for an approval or a timer.',
  IN_PROGRESS: 'Running.',
  SUCCESS: 'Succeeded, and has not been replaced by a later deployment.',
  INACTIVE: 'Succeeded, and has been replaced since.',
  FAILURE: 'Failed.',
  ERROR: 'Ended with an error.',
  DESTROYED: 'The environment was destroyed.',
  ABANDONED: 'Abandoned.',
  UNKNOWN: 'GitHub has a word for it that is not known.',
});

const DeploymentCompareState = defineEnum(
  'DeploymentCompareState',
  'Whether the commits of a deployment are known.',
  {
    PENDING: 'Not compared yet, or the deployment has not succeeded.',
    COMPARED: 'All commits are known.',
    FIRST: 'The first known deployment to its environment: there is nothing to compare it with.',
    UNAVAILABLE: 'The commits cannot be determined; see compareReason.',
  },
);

const Deployment = builder.prismaNode('Deployment', {
  description:
    'A deployment of a repository. Its commits are those that the previous successful deployment to the same environment did not contain.',
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
    ...exposeColumns(t, 'Deployment', {
      environment: 'Environment that was deployed to.',
      state: { type: DeploymentState, description: 'Current state.' },
      stateRaw: RAW_WORD,
      sha: 'SHA of the commit that was deployed.',
      ref: 'Branch or tag that was deployed; null when a commit was deployed, or when the branch or tag no longer exists.',
      description: 'Description given by the creator.',
      createdAt: 'When it was created.',
      succeededAt: 'When it first succeeded; null while it has not.',
      compareState: { type: DeploymentCompareState, description: 'Whether the commits are known.' },
      compareReason: 'Why the commits cannot be determined; null when they can.',
      commitCount: 'Number of commits it deployed, 0 for a rollback; null when they are not known.',
    }),
    creator: t.relation('creator', {
      nullable: true,
      description: 'The member who deployed; null when GitHub does not say.',
      resolve: relatedRowOrNull('Member', 'creatorId'),
    }),
    repository: t.relation('repository', {
      description: 'The repository that was deployed.',
      resolve: relatedRow('Repository', 'repositoryId'),
    }),
  }),
});

const DeploymentConnection = defineConnection(Deployment, 'Deployment', 'deployments');

addPages('Team', 'deployments', {
  connection: DeploymentConnection,
  list: TEAM_DEPLOYMENTS,
  description: 'Deployments of all repositories of the team, newest first.',
});

addPages('Repository', 'deployments', {
  connection: DeploymentConnection,
  list: REPOSITORY_DEPLOYMENTS,
  description: 'Deployments of the repository, newest first.',
});

addPages('PullRequest', 'deployments', {
  connection: DeploymentConnection,
  list: PULL_REQUEST_DEPLOYMENTS,
  description: 'Deployments that contain it, to all environments, oldest first.',
});

builder.prismaObjectField('Incident', 'deployment', (t) =>
  t.field({
    type: Deployment,
    nullable: true,
    description:
      'The deployment that caused it, as reported; null when not reported. It is never guessed.',
    resolve: ({ teamId, deploymentId: id }, _args, context) =>
      id === null ? null : loadRowOrNull(context, 'Deployment', { teamId, id }),
  }),
);
