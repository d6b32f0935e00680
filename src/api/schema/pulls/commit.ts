import { PULL_REQUEST_COMMITS } from '../../../db/reads/lists.ts';
import { readMembers } from '../../../db/reads/rows-by-key.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';

const Commit = builder.prismaObject('Commit', {
  description: 'One commit of a pull request.',
  fields: (t) => ({
    sha: t.exposeString('sha', { description: 'Its hash.' }),
    headline: t.exposeString('headline', { description: 'First line of its message.' }),
    body: t.exposeString('body', {
      nullable: true,
      description: 'The rest of its message, without addresses; null when there is none.',
    }),
    authoredAt: t.expose('authoredAt', { type: 'DateTime', description: 'When it was written.' }),
    committedAt: t.expose('committedAt', {
      type: 'DateTime',
      description: 'When it was committed; a rebase moves it.',
    }),
    authorName: t.exposeString('authorName', {
      nullable: true,
      description: 'Name of the author as the commit gives it.',
    }),
    coAuthors: t.exposeStringList('coAuthors', {
      description: 'Co-author trailers of its message, as written.',
    }),
    author: t.relation('author', {
      nullable: true,
      description: 'The account of the author; null when GitHub knows none.',
      resolve: (_query, { teamId, authorId: id }, _args, context) =>
        id === null ? null : context.reads.load(readMembers, { teamId, id }),
    }),
  }),
});

const CommitConnection = defineConnection(Commit, 'Commit', 'commits');

builder.prismaObjectField('PullRequest', 'commits', (t) =>
  t.field({
    type: CommitConnection,
    description: 'Commits, oldest first.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) =>
      loadPage(context, PULL_REQUEST_COMMITS, [teamId, id], args),
  }),
);
