import { PULL_REQUEST_FILES } from '../../../db/reads/lists.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';

const CHANGE_TYPES = {
  ADDED: { description: 'The file was added.' },
  MODIFIED: { description: 'The content was changed.' },
  DELETED: { description: 'The file was deleted.' },
  RENAMED: { description: 'The file was renamed or moved.' },
  COPIED: { description: 'The file was copied.' },
  CHANGED: { description: 'The file mode was changed.' },
} as const;

const CATEGORIES = {
  TEST: { description: 'Tests.' },
  FRONTEND: { description: 'Frontend code.' },
  BACKEND: { description: 'Backend code.' },
  JAVASCRIPT: { description: 'JavaScript or TypeScript that may be frontend or backend.' },
  DOCS: { description: 'Documentation.' },
  CONFIG: { description: 'Configuration and build files.' },
  OTHER: { description: 'Anything else.' },
} as const;

const FileChangeType = builder.enumType('FileChangeType', {
  description: 'How a file was changed.',
  values: CHANGE_TYPES,
});

const FileCategory = builder.enumType('FileCategory', {
  description: 'Category of a file, derived from its path.',
  values: CATEGORIES,
});

const PullRequestFile = builder.prismaObject('PullRequestFile', {
  description: 'A file that a pull request changes.',
  fields: (t) => ({
    ...exposeColumns(t, 'PullRequestFile', {
      path: 'Path within the repository.',
      changeType: { type: FileChangeType, description: 'How the file was changed.' },
      category: { type: FileCategory, description: 'Category of a file, derived from its path.' },
      additions: 'Lines added.',
      deletions: 'Lines deleted.',
    }),
  }),
});

const FileConnection = defineConnection(PullRequestFile, 'PullRequestFile', 'files');

builder.prismaObjectField('PullRequest', 'files', (t) =>
  t.field({
    type: FileConnection,
    description: 'Changed files, by path.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) =>
      loadPage(context, PULL_REQUEST_FILES, [teamId, id], args),
  }),
);
