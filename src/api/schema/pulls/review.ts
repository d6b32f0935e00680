import { PULL_REQUEST_REVIEWS } from '../../../db/reads/lists.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';
import { relatedRow } from '../../core/load-row.ts';

const REVIEW_STATES = {
  APPROVED: { description: 'The reviewer approved the changes.' },
  CHANGES_REQUESTED: { description: 'The reviewer requested changes.' },
  COMMENTED: { description: 'The reviewer only commented.' },
  DISMISSED: { description: 'The review was dismissed.' },
} as const;

const ReviewState = builder.enumType('ReviewState', {
  description: 'State of a review.',
  values: REVIEW_STATES,
});

const Review = builder.prismaObject('Review', {
  description: 'A submitted review of a pull request.',
  fields: (t) => ({
    ...exposeColumns(t, 'Review', {
      state: { type: ReviewState, description: 'What the reviewer decided.' },
      body: 'Text in Markdown; null when there is none.',
      submittedAt: 'When it was submitted.',
    }),
    reviewer: t.relation('reviewer', {
      description: 'The member who reviewed.',
      resolve: relatedRow('Member', 'reviewerId'),
    }),
  }),
});

const ReviewConnection = defineConnection(Review, 'Review', 'reviews');

builder.prismaObjectField('PullRequest', 'reviews', (t) =>
  t.field({
    type: ReviewConnection,
    description: 'Submitted reviews, oldest first.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) =>
      loadPage(context, PULL_REQUEST_REVIEWS, [teamId, id], args),
  }),
);
