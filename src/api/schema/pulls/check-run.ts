import { PULL_REQUEST_CHECKS } from '../../../db/reads/pull-request-lists.ts';
import type {
  CheckConclusion as Conclusion,
  CheckState as State,
  CheckStatus as Status,
} from '../../../domain/pulls/github-facts.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';

const CheckState = builder.enumType('CheckState', {
  description: 'Combined state of all checks of a commit.',
  values: {
    EXPECTED: { description: 'A required check has not started.' },
    ERROR: { description: 'A check could not run.' },
    FAILURE: { description: 'A check failed.' },
    PENDING: { description: 'Checks are running.' },
    SUCCESS: { description: 'All checks passed.' },
  } satisfies Record<State, { readonly description: string }>,
});

const CheckStatus = builder.enumType('CheckStatus', {
  description: 'Status of a check.',
  values: {
    QUEUED: { description: 'It has not started.' },
    IN_PROGRESS: { description: 'It is running.' },
    WAITING: { description: 'It is waiting for an approval.' },
    COMPLETED: { description: 'It has finished.' },
  } satisfies Record<Status, { readonly description: string }>,
});

const CheckConclusion = builder.enumType('CheckConclusion', {
  description: 'Conclusion of a check.',
  values: {
    SUCCESS: { description: 'It passed.' },
    FAILURE: { description: 'It failed.' },
    NEUTRAL: { description: 'It neither passed nor failed.' },
    CANCELLED: { description: 'It was cancelled.' },
    SKIPPED: { description: 'It was skipped.' },
    TIMED_OUT: { description: 'It timed out.' },
    ACTION_REQUIRED: { description: 'It requires an action by somebody.' },
    STALE: { description: 'GitHub marked it as stale.' },
    STARTUP_FAILURE: { description: 'It could not start.' },
    ERROR: { description: 'It ended with an error.' },
  } satisfies Record<Conclusion, { readonly description: string }>,
});

const CheckRun = builder.prismaObject('CheckRun', {
  description: 'A check of the head commit of a pull request: a check run or a commit status.',
  fields: (t) => ({
    ...exposeColumns(t, 'CheckRun', {
      name: 'Name of the check.',
      app: 'Name of the GitHub App that runs it; null for a commit status.',
      headSha: 'SHA of the commit that was checked.',
      status: { type: CheckStatus, description: 'How far it has got.' },
      conclusion: {
        type: CheckConclusion,
        description: 'Its conclusion; null until it has finished.',
      },
      startedAt: 'When it started; null before that.',
      completedAt: 'When it finished; null before that.',
    }),
  }),
});

const CheckRunConnection = defineConnection(CheckRun, 'CheckRun', 'checks');

builder.prismaObjectField('PullRequest', 'checks', (t) =>
  t.field({
    type: CheckRunConnection,
    description: 'Checks of the head commit, by name.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) =>
      loadPage(context, PULL_REQUEST_CHECKS, [teamId, id], args),
  }),
);

builder.prismaObjectField('PullRequest', 'checkState', (t) =>
  t.field({
    type: CheckState,
    nullable: true,
    description: 'Combined state of the checks of the head commit; null when there are none.',
    resolve: (row) => row.checkState as State | null,
  }),
);
