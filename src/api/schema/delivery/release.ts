import { REPOSITORY_RELEASES } from '../../../db/reads/delivery-lists.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { relatedRowOrNull } from '../../core/load-row.ts';

const Release = builder.prismaObject('Release', {
  description: 'A release of a repository, or a draft of one.',
  fields: (t) => ({
    ...exposeColumns(t, 'Release', {
      tag: 'Name of the tag.',
      name: 'Name of the release; null when it has none.',
      url: 'URL on GitHub.',
      sha: 'SHA of the tagged commit; null while the tag does not exist.',
      isDraft: 'Whether this is a draft.',
      isPrerelease: 'Whether this is a pre-release.',
      createdAt: 'When it was created.',
      publishedAt: 'When it was published; null while it is a draft.',
    }),
    author: t.relation('author', {
      nullable: true,
      description: 'The member who created it; null when GitHub does not say.',
      resolve: relatedRowOrNull('Member', 'authorId'),
    }),
  }),
});

addPages('Repository', 'releases', {
  connection: defineConnection(Release, 'Release', 'releases'),
  list: REPOSITORY_RELEASES,
  description: 'Releases of the repository, drafts included, newest first.',
});
