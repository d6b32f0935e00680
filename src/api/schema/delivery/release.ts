import { REPOSITORY_RELEASES } from '../../../db/reads/delivery-lists.ts';
import { readMembers } from '../../../db/reads/rows-by-key.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';

const Release = builder.prismaObject('Release', {
  description: 'One release of a repository, or its draft.',
  fields: (t) => ({
    tag: t.exposeString('tag', { description: 'Its tag.' }),
    name: t.exposeString('name', { nullable: true, description: 'Its name, where it has one.' }),
    url: t.exposeString('url', { description: 'Address on GitHub.' }),
    sha: t.exposeString('sha', {
      nullable: true,
      description: 'The commit of its tag; null while there is no such tag.',
    }),
    isDraft: t.exposeBoolean('isDraft', { description: 'Whether it is not published yet.' }),
    isPrerelease: t.exposeBoolean('isPrerelease', {
      description: 'Whether it is not meant for everybody.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    publishedAt: t.expose('publishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was published; null while it is a draft.',
    }),
    author: t.relation('author', {
      nullable: true,
      description: 'Who released; null when GitHub does not say.',
      resolve: (_query, { teamId, authorId: id }, _args, context) =>
        id === null ? null : context.reads.load(readMembers, { teamId, id }),
    }),
  }),
});

const ReleaseConnection = defineConnection(Release, 'Release', 'releases');

builder.prismaObjectField('Repository', 'releases', (t) =>
  t.field({
    type: ReleaseConnection,
    description: 'Releases of the repository and their drafts, newest first.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) =>
      loadPage(context, REPOSITORY_RELEASES, [teamId, id], args),
  }),
);
