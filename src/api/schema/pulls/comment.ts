import { PULL_REQUEST_COMMENTS } from '../../../db/reads/pull-request-lists.ts';
import { readMembers } from '../../../db/reads/rows-by-key.ts';
import type { CommentKind } from '../../../domain/pulls/github-facts.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';

const CommentKindEnum = builder.enumType('CommentKind', {
  description: 'What a comment is on.',
  values: {
    ISSUE: { description: 'The whole pull request.' },
    REVIEW: { description: 'A line of its diff.' },
  },
});

const Comment = builder.prismaObject('Comment', {
  description: 'One comment on a pull request.',
  fields: (t) => ({
    kind: t.field({
      type: CommentKindEnum,
      description: 'What it is on.',
      resolve: (comment) => comment.kind as CommentKind,
    }),
    body: t.exposeString('body', { description: 'Its text, as Markdown.' }),
    path: t.exposeString('path', {
      nullable: true,
      description: 'The file that it is on; null when it is on the whole pull request.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was written.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last edited.' }),
    author: t.relation('author', {
      description: 'Who wrote it.',
      resolve: async (_query, { teamId, authorId: id }, _args, context) => {
        const author = await context.reads.load(readMembers, { teamId, id });
        if (author === null) {
          throw new Error('a comment names an author that is not there');
        }
        return author;
      },
    }),
  }),
});

const CommentConnection = defineConnection(Comment, 'Comment', 'comments');

builder.prismaObjectField('PullRequest', 'comments', (t) =>
  t.field({
    type: CommentConnection,
    description: 'Comments on the whole and on lines, oldest first.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) =>
      loadPage(context, PULL_REQUEST_COMMENTS, [teamId, id], args),
  }),
);
