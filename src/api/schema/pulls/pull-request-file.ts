import { PULL_REQUEST_FILES } from '../../../db/reads/lists.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';

const CHANGE_TYPES = {
  ADDED: { description: 'New.' },
  MODIFIED: { description: 'Changed.' },
  DELETED: { description: 'Removed.' },
  RENAMED: { description: 'Moved.' },
  COPIED: { description: 'Copied.' },
  CHANGED: { description: 'Its mode changed.' },
} as const;

const CATEGORIES = {
  TEST: { description: 'Tests.' },
  FRONTEND: { description: 'What users see.' },
  BACKEND: { description: 'Server code.' },
  JAVASCRIPT: { description: 'JavaScript or TypeScript of either side.' },
  DOCS: { description: 'Documents.' },
  CONFIG: { description: 'Settings and build files.' },
  OTHER: { description: 'Anything else.' },
} as const;

const FileChangeType = builder.enumType('FileChangeType', {
  description: 'What happened to a file.',
  values: CHANGE_TYPES,
});

const FileCategory = builder.enumType('FileCategory', {
  description: 'What kind of file it is, by its path.',
  values: CATEGORIES,
});

const PullRequestFile = builder.prismaObject('PullRequestFile', {
  description: 'One file that a pull request changes.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Path within the repository.' }),
    changeType: t.field({
      type: FileChangeType,
      description: 'What happened to it.',
      resolve: (file) => file.changeType as keyof typeof CHANGE_TYPES,
    }),
    category: t.field({
      type: FileCategory,
      description: 'What kind of file it is, by its path.',
      resolve: (file) => file.category as keyof typeof CATEGORIES,
    }),
    additions: t.expose('additions', { type: 'BigInt', description: 'Lines added.' }),
    deletions: t.expose('deletions', { type: 'BigInt', description: 'Lines deleted.' }),
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
