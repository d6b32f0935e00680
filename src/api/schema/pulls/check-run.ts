import { PULL_REQUEST_CHECKS } from '../../../db/reads/pull-request-lists.ts';
import type {
  CheckConclusion as Conclusion,
  CheckState as State,
  CheckStatus as Status,
} from '../../../domain/pulls/github-facts.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';

const CheckState = builder.enumType('CheckState', {
  description: 'What all checks of a commit come to.',
  values: {
    EXPECTED: { description: 'A check that must run has not begun.' },
    ERROR: { description: 'A check could not run.' },
    FAILURE: { description: 'A check failed.' },
    PENDING: { description: 'Checks are running.' },
    SUCCESS: { description: 'All checks passed.' },
  } satisfies Record<State, { readonly description: string }>,
});

const CheckStatus = builder.enumType('CheckStatus', {
  description: 'How far a check is.',
  values: {
    QUEUED: { description: 'It has not begun.' },
    IN_PROGRESS: { description: 'It runs.' },
    WAITING: { description: 'It waits for somebody to allow it.' },
    COMPLETED: { description: 'It is over.' },
  } satisfies Record<Status, { readonly description: string }>,
});

const CheckConclusion = builder.enumType('CheckConclusion', {
  description: 'What came out of a check.',
  values: {
    SUCCESS: { description: 'It passed.' },
    FAILURE: { description: 'It failed.' },
    NEUTRAL: { description: 'It neither passed nor failed.' },
    CANCELLED: { description: 'Somebody ended it.' },
    SKIPPED: { description: 'It was not needed.' },
    TIMED_OUT: { description: 'It took too long.' },
    ACTION_REQUIRED: { description: 'Somebody has to do something.' },
    STALE: { description: 'GitHub gave it up.' },
    STARTUP_FAILURE: { description: 'It could not begin.' },
    ERROR: { description: 'Whoever runs it could not tell.' },
  } satisfies Record<Conclusion, { readonly description: string }>,
});

const CheckRun = builder.prismaObject('CheckRun', {
  description: 'One check of the head commit of a pull request: a check run, or a commit status.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    app: t.exposeString('app', {
      nullable: true,
      description: 'The GitHub App that runs it; null for a commit status.',
    }),
    headSha: t.exposeString('headSha', { description: 'The commit that it is of.' }),
    status: t.field({
      type: CheckStatus,
      description: 'How far it is.',
      resolve: (check) => check.status as Status,
    }),
    conclusion: t.field({
      type: CheckConclusion,
      nullable: true,
      description: 'What came out of it; null until it is over.',
      resolve: (check) => check.conclusion as Conclusion | null,
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it began; null before that.',
    }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was over; null before that.',
    }),
  }),
});

const CheckRunConnection = defineConnection(CheckRun, 'CheckRun', 'checks');

builder.prismaObjectField('PullRequest', 'checks', (t) =>
  t.field({
    type: CheckRunConnection,
    description: 'Checks of its head commit, by name.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) =>
      loadPage(context, PULL_REQUEST_CHECKS, [teamId, id], args),
  }),
);

builder.prismaObjectField('PullRequest', 'checkState', (t) =>
  t.field({
    type: CheckState,
    nullable: true,
    description: 'What the checks of its head commit come to; null when it has none.',
    resolve: (row) => row.checkState as State | null,
  }),
);
