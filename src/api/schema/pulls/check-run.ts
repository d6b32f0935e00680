import { PULL_REQUEST_CHECKS } from '../../../db/reads/pull-request-lists.ts';
import type {
  CheckConclusion as Conclusion,
  CheckState as State,
  CheckStatus as Status,
} from '../../../domain/pulls/github-facts.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { defineEnum, RAW_WORD } from '../../core/enums.ts';

const CheckState = defineEnum<State>('CheckState', 'Combined state of all checks of a commit.', {
  EXPECTED: 'A required check has not started.',
  ERROR: 'A check could not run.',
  FAILURE: 'A check failed.',
  PENDING: 'Checks are running.',
  SUCCESS: 'All checks passed.',
  UNKNOWN: 'GitHub has a word for it that is not known.',
});

const CheckStatus = defineEnum<Status>('CheckStatus', 'Status of a check.', {
  QUEUED: 'It has not started.',
  IN_PROGRESS: 'It is running.',
  WAITING: 'It is waiting for an approval.',
  COMPLETED: 'It has finished.',
  UNKNOWN: 'GitHub has a word for it that is not known.',
});

const CheckConclusion = defineEnum<Conclusion>('CheckConclusion', 'Conclusion of a check.', {
  SUCCESS: 'It passed.',
  FAILURE: 'It failed.',
  NEUTRAL: 'It neither passed nor failed.',
  CANCELLED: 'It was cancelled.',
  SKIPPED: 'It was skipped.',
  TIMED_OUT: 'It timed out.',
  ACTION_REQUIRED: 'It requires an action by somebody.',
  STALE: 'GitHub marked it as stale.',
  STARTUP_FAILURE: 'It could not start.',
  ERROR: 'It ended with an error.',
  UNKNOWN: 'GitHub has not said it yet, or has a word for it that is not known.',
});

const CheckRun = builder.prismaObject('CheckRun', {
  description: 'A check of the head commit of a pull request: a check run or a commit status.',
  fields: (t) =>
    exposeColumns(t, 'CheckRun', {
      name: 'Name of the check.',
      app: 'Name of the GitHub App that runs it; null for a commit status.',
      headSha: 'SHA of the commit that was checked.',
      status: { type: CheckStatus, description: 'How far it has got.' },
      conclusion: {
        type: CheckConclusion,
        description: 'Its conclusion; null until it has finished.',
      },
      statusRaw: RAW_WORD,
      conclusionRaw: RAW_WORD,
      startedAt: 'When it started; null before that, and when GitHub gives an impossible time.',
      completedAt: 'When it finished; null before that, and when GitHub gives an impossible time.',
    }),
});

addPages('PullRequest', 'checks', {
  connection: defineConnection(CheckRun, 'CheckRun', 'checks'),
  list: PULL_REQUEST_CHECKS,
  description: 'Checks of the head commit, by name.',
});

builder.prismaObjectField('PullRequest', 'checkStateRaw', (t) =>
  t.exposeString('checkStateRaw', { nullable: true, description: RAW_WORD }),
);

builder.prismaObjectField('PullRequest', 'checkState', (t) =>
  t.field({
    type: CheckState,
    nullable: true,
    description: 'Combined state of the checks of the head commit; null when there are none.',
    resolve: (row) => row.checkState as State | null,
  }),
);
