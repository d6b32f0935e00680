import { PULL_REQUEST_EVENTS } from '../../../db/reads/pull-request-lists.ts';
import type { PullRequestEventKind as EventKind } from '../../../domain/pulls/github-facts.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { defineEnum } from '../../core/enums.ts';
import { relatedRowOrNull } from '../../core/load-row.ts';

const PullRequestEventKind = defineEnum<EventKind>(
  'PullRequestEventKind',
  'What happened to a pull request.',
  {
    READY_FOR_REVIEW: 'It was marked as ready for review.',
    CONVERT_TO_DRAFT: 'It was converted to a draft.',
    REVIEW_REQUESTED: 'A review was requested.',
    REVIEW_REQUEST_REMOVED: 'A review request was removed.',
    FORCE_PUSHED: 'Its commits were replaced by a force push.',
    BASE_CHANGED: 'Its base branch was changed.',
    CLOSED: 'It was closed.',
    REOPENED: 'It was reopened.',
  },
);

const PullRequestEvent = builder.prismaObject('PullRequestEvent', {
  description: 'An event of a pull request other than reviews, comments and commits.',
  fields: (t) => ({
    ...exposeColumns(t, 'PullRequestEvent', {
      kind: { type: PullRequestEventKind, description: 'What happened.' },
      occurredAt: 'When it happened.',
      before: 'Commit before a force push, or the previous base branch.',
      after: 'Commit after a force push, or the new base branch.',
    }),
    actor: t.relation('actor', {
      nullable: true,
      description: 'The member who caused it; null when GitHub names nobody.',
      resolve: relatedRowOrNull('Member', 'actorId'),
    }),
    subject: t.relation('subjectOf', {
      nullable: true,
      description: 'The member whose review was requested; null for a team and for other events.',
      resolve: relatedRowOrNull('Member', 'subjectId'),
    }),
    subjectName: t.exposeString('subject', {
      nullable: true,
      description: 'Login of the account, or name of the team, whose review was requested.',
    }),
  }),
});

addPages('PullRequest', 'events', {
  connection: defineConnection(PullRequestEvent, 'PullRequestEvent', 'events'),
  list: PULL_REQUEST_EVENTS,
  description: 'Events of the pull request, oldest first.',
});
