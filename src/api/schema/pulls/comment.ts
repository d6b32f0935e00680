import { PULL_REQUEST_COMMENTS } from '../../../db/reads/pull-request-lists.ts';
import type { CommentKind as Kind } from '../../../domain/pulls/github-facts.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { defineEnum } from '../../core/enums.ts';
import { costs, LONG_TEXT } from '../../core/field-cost.ts';
import { relatedRow } from '../../core/load-row.ts';

const CommentKind = defineEnum<Kind>('CommentKind', 'What a comment refers to.', {
  ISSUE: 'The pull request as a whole.',
  REVIEW: 'A line of the diff.',
});

const Comment = builder.prismaObject('Comment', {
  description: 'A comment on a pull request.',
  fields: (t) => ({
    ...exposeColumns(t, 'Comment', {
      kind: { type: CommentKind, description: 'What it refers to.' },
      body: { ...costs(LONG_TEXT), description: 'Text in Markdown.' },
      path: 'Path of the file that it refers to; null when it refers to the whole pull request.',
      createdAt: 'When it was written.',
      updatedAt: 'When it was last edited.',
    }),
    author: t.relation('author', {
      description: 'The member who wrote it.',
      resolve: relatedRow('Member', 'authorId'),
    }),
  }),
});

addPages('PullRequest', 'comments', {
  connection: defineConnection(Comment, 'Comment', 'comments'),
  list: PULL_REQUEST_COMMENTS,
  description: 'Comments on the pull request and on lines of its diff, oldest first.',
});
