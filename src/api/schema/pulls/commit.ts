import { PULL_REQUEST_COMMITS } from '../../../db/reads/lists.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { costs, LONG_TEXT } from '../../core/field-cost.ts';
import { relatedRowOrNull } from '../../core/load-row.ts';

/** A message may have as many trailers as it has room for. */
const MAX_CO_AUTHORS = 50;

const Commit = builder.prismaObject('Commit', {
  description: 'A commit of a pull request.',
  fields: (t) => ({
    ...exposeColumns(t, 'Commit', {
      sha: 'SHA of the commit.',
      headline: 'First line of the commit message.',
      body: {
        ...costs(LONG_TEXT),
        description:
          'The rest of the commit message, with email addresses removed; null when there is none.',
      },
      authoredAt: 'When it was authored.',
      committedAt: 'When it was committed; a rebase changes this.',
      authorName: 'Name of the author as recorded in the commit.',
    }),
    coAuthors: t.stringList({
      ...costs({ size: MAX_CO_AUTHORS }),
      description: `Co-author trailers of the commit message, as written: the first ${MAX_CO_AUTHORS}.`,
      resolve: ({ coAuthors }) => coAuthors.slice(0, MAX_CO_AUTHORS),
    }),
    author: t.relation('author', {
      nullable: true,
      description: 'The member who authored it; null when GitHub knows no account.',
      resolve: relatedRowOrNull('Member', 'authorId'),
    }),
  }),
});

addPages('PullRequest', 'commits', {
  connection: defineConnection(Commit, 'Commit', 'commits'),
  list: PULL_REQUEST_COMMITS,
  description: 'Commits, oldest first.',
});
