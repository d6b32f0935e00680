import { toWriteError } from '../../db/core/database-errors.ts';
import { sqlState, UNDEFINED_TABLE } from '../../db/core/sql-state.ts';
import { isDomainError } from '../../domain/core/errors.ts';
import { SetupError } from '../embedded/setup-error.ts';
import { ConfigError } from '../settings/config.ts';

/** What stands in the way of a file or directory, by the code of the operating system. */
const FILE_TROUBLE: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use it',
  EPERM: 'this user may not use it',
  EEXIST: 'a file is where a directory should be',
  ENOTDIR: 'a file is where a directory should be',
  EISDIR: 'a directory is where a file should be',
  ENOENT: 'it is not there, and cannot be made there',
  EROFS: 'its disk cannot be written',
  ENOSPC: 'its disk is full',
  EDQUOT: 'its disk is full',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links lead in a circle',
};

/** A table or schema that a statement names and the database does not have. */
const NOT_MIGRATED = new Set([UNDEFINED_TABLE, '3F000']);

/**
 * The one sentence for what the person who runs a command can mend: settings, files, the database, and every failure that
 * says so itself. Null for a defect, whose stack is to be shown.
 */
export function sentenceOf(error: unknown): string | null {
  const told = toWriteError(error);
  if (isDomainError(told) || told instanceof SetupError || told instanceof ConfigError) {
    return told.message;
  }
  if (!(told instanceof Error)) {
    return String(told);
  }
  if (NOT_MIGRATED.has(sqlState(told) ?? '')) {
    return 'The database lacks tables that this version needs: run throughline migrate first.';
  }
  const { code, path } = told as NodeJS.ErrnoException;
  const trouble = FILE_TROUBLE[code ?? ''];
  return trouble === undefined || path === undefined
    ? null
    : `${path} cannot be used: ${trouble} (${code}).`;
}
