import { PULL_REQUEST_EVENTS } from '../../../db/reads/pull-request-lists.ts';
import { readMembers } from '../../../db/reads/rows-by-key.ts';
import type { PullRequestEventKind as EventKind } from '../../../domain/pulls/github-facts.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';

const PullRequestEventKind = builder.enumType('PullRequestEventKind', {
  description: 'What happened to a pull request.',
  values: {
    READY_FOR_REVIEW: { description: 'It was no draft any more.' },
    CONVERT_TO_DRAFT: { description: 'It was made a draft.' },
    REVIEW_REQUESTED: { description: 'Somebody was asked for a review.' },
    REVIEW_REQUEST_REMOVED: { description: 'Somebody was no longer asked.' },
    FORCE_PUSHED: { description: 'Its commits were replaced.' },
    BASE_CHANGED: { description: 'It was to go into another branch.' },
    CLOSED: { description: 'It was closed.' },
    REOPENED: { description: 'It was opened again.' },
  } satisfies Record<EventKind, { readonly description: string }>,
});

const PullRequestEvent = builder.prismaObject('PullRequestEvent', {
  description: 'What happened to a pull request beside reviews, comments and commits.',
  fields: (t) => ({
    kind: t.field({
      type: PullRequestEventKind,
      description: 'What happened.',
      resolve: (event) => event.kind as EventKind,
    }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it happened.' }),
    actor: t.relation('actor', {
      nullable: true,
      description: 'Who did it; null when GitHub names nobody.',
      resolve: (_query, { teamId, actorId: id }, _args, context) =>
        id === null ? null : context.reads.load(readMembers, { teamId, id }),
    }),
    subject: t.relation('subjectOf', {
      nullable: true,
      description: 'The account that was asked for a review; null for a team and other events.',
      resolve: (_query, { teamId, subjectId: id }, _args, context) =>
        id === null ? null : context.reads.load(readMembers, { teamId, id }),
    }),
    subjectName: t.exposeString('subject', {
      nullable: true,
      description: 'Login of the account, or name of the team, that was asked for a review.',
    }),
    before: t.exposeString('before', {
      nullable: true,
      description: 'Commit before a force push, or branch before another base.',
    }),
    after: t.exposeString('after', {
      nullable: true,
      description: 'Commit after a force push, or branch that is the new base.',
    }),
  }),
});

const PullRequestEventConnection = defineConnection(PullRequestEvent, 'PullRequestEvent', 'events');

builder.prismaObjectField('PullRequest', 'events', (t) =>
  t.field({
    type: PullRequestEventConnection,
    description: 'What happened to it, oldest first.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) =>
      loadPage(context, PULL_REQUEST_EVENTS, [teamId, id], args),
  }),
);
