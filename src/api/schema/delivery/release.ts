import { REPOSITORY_RELEASES } from '../../../db/reads/delivery-lists.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';
import { relatedRowOrNull } from '../../core/load-row.ts';

const Release = builder.prismaObject('Release', {
  description: 'A release of a repository, or a draft of one.',
  fields: (t) => ({
    tag: t.exposeString('tag', { description: 'Name of the tag.' }),
    name: t.exposeString('name', {
      nullable: true,
      description: 'Name of the release; null when it has none.',
    }),
    url: t.exposeString('url', { description: 'URL on GitHub.' }),
    sha: t.exposeString('sha', {
      nullable: true,
      description: 'SHA of the tagged commit; null while the tag does not exist.',
    }),
    isDraft: t.exposeBoolean('isDraft', { description: 'Whether this is a draft.' }),
    isPrerelease: t.exposeBoolean('isPrerelease', {
      description: 'Whether this is a pre-release.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    publishedAt: t.expose('publishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was published; null while it is a draft.',
    }),
    author: t.relation('author', {
      nullable: true,
      description: 'The member who created it; null when GitHub does not say.',
      resolve: relatedRowOrNull('Member', 'authorId'),
    }),
  }),
});

const ReleaseConnection = defineConnection(Release, 'Release', 'releases');

builder.prismaObjectField('Repository', 'releases', (t) =>
  t.field({
    type: ReleaseConnection,
    description: 'Releases of the repository, drafts included, newest first.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) =>
      loadPage(context, REPOSITORY_RELEASES, [teamId, id], args),
  }),
);
