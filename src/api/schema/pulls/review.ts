import { PULL_REQUEST_REVIEWS } from '../../../db/reads/lists.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { defineEnum, RAW_WORD } from '../../core/enums.ts';
import { costs, LONG_TEXT } from '../../core/field-cost.ts';
import { relatedRow } from '../../core/load-row.ts';

const ReviewState = defineEnum('ReviewState', 'State of a review.', {
  APPROVED: 'The reviewer approved the changes.',
  CHANGES_REQUESTED: 'The reviewer requested changes.',
  COMMENTED: 'The reviewer only commented, or GitHub has a word for it that is not known.',
  DISMISSED: 'The review was dismissed.',
});

const Review = builder.prismaObject('Review', {
  description: 'A submitted review of a pull request.',
  fields: (t) => ({
    ...exposeColumns(t, 'Review', {
      state: { type: ReviewState, description: 'What the reviewer decided.' },
      stateRaw: RAW_WORD,
      body: { ...costs(LONG_TEXT), description: 'Text in Markdown; null when there is none.' },
      submittedAt: 'When it was submitted.',
    }),
    reviewer: t.relation('reviewer', {
      description: 'The member who reviewed.',
      resolve: relatedRow('Member', 'reviewerId'),
    }),
  }),
});

addPages('PullRequest', 'reviews', {
  connection: defineConnection(Review, 'Review', 'reviews'),
  list: PULL_REQUEST_REVIEWS,
  description: 'Submitted reviews, oldest first.',
});
