import { PULL_REQUEST_REVIEWS } from '../../../db/reads/lists.ts';
import { readMembers } from '../../../db/reads/rows-by-key.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';

const REVIEW_STATES = {
  APPROVED: { description: 'The reviewer agrees.' },
  CHANGES_REQUESTED: { description: 'The reviewer wants changes.' },
  COMMENTED: { description: 'The reviewer only comments.' },
  DISMISSED: { description: 'The review was taken back.' },
} as const;

const ReviewState = builder.enumType('ReviewState', {
  description: 'What a review says.',
  values: REVIEW_STATES,
});

const Review = builder.prismaObject('Review', {
  description: 'One submitted review of a pull request.',
  fields: (t) => ({
    state: t.field({
      type: ReviewState,
      description: 'What it says.',
      resolve: (review) => review.state as keyof typeof REVIEW_STATES,
    }),
    body: t.exposeString('body', {
      nullable: true,
      description: 'Its text, as Markdown; null when it has none.',
    }),
    submittedAt: t.expose('submittedAt', {
      type: 'DateTime',
      description: 'When it was submitted.',
    }),
    reviewer: t.relation('reviewer', {
      description: 'Who reviewed.',
      resolve: async (_query, { teamId, reviewerId: id }, _args, context) => {
        const reviewer = await context.reads.load(readMembers, { teamId, id });
        if (reviewer === null) {
          throw new Error('a review names a reviewer that is not there');
        }
        return reviewer;
      },
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
