import { PULL_REQUEST_FILES } from '../../../db/reads/lists.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { defineEnum, RAW_WORD } from '../../core/enums.ts';

const FileChangeType = defineEnum('FileChangeType', 'How a file was changed.', {
  ADDED: 'The file was added.',
  MODIFIED: 'The content was changed.',
  DELETED: 'The file was deleted.',
  RENAMED: 'The file was renamed or moved.',
  COPIED: 'The file was copied.',
  CHANGED: 'The file mode was changed.',
  UNKNOWN: 'GitHub has a word for it that is not known.',
});

const FileCategory = defineEnum('FileCategory', 'Category of a file, derived from its path.', {
  TEST: 'Tests.',
  FRONTEND: 'Frontend code.',
  BACKEND: 'Backend code.',
  JAVASCRIPT: 'JavaScript or TypeScript that may be frontend or backend.',
  DOCS: 'Documentation.',
  CONFIG: 'Configuration and build files.',
  OTHER: 'Anything else.',
});

const PullRequestFile = builder.prismaObject('PullRequestFile', {
  description: 'A file that a pull request changes.',
  fields: (t) =>
    exposeColumns(t, 'PullRequestFile', {
      path: 'Path within the repository. One of more than 2,500 bytes is shortened, and ends in a digest of the whole.',
      changeType: { type: FileChangeType, description: 'How the file was changed.' },
      changeTypeRaw: RAW_WORD,
      category: { type: FileCategory, description: 'Category of a file, derived from its path.' },
      additions: 'Lines added.',
      deletions: 'Lines deleted.',
    }),
});

addPages('PullRequest', 'files', {
  connection: defineConnection(PullRequestFile, 'PullRequestFile', 'files'),
  list: PULL_REQUEST_FILES,
  description: 'Changed files, by path.',
});
