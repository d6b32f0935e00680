import type {
  AdminAudit,
  Commit,
  Member,
  PullRequest,
  PullRequestFile,
  Repository,
  Review,
  RollupRebuild,
  SyncRun,
} from '../generated/prisma/client.ts';
import {
  ADMIN_AUDIT_COLUMNS,
  COMMIT_COLUMNS,
  FILE_COLUMNS,
  MEMBER_COLUMNS,
  PULL_REQUEST_COLUMNS,
  REPOSITORY_COLUMNS,
  REVIEW_COLUMNS,
  ROLLUP_REBUILD_COLUMNS,
  SYNC_RUN_COLUMNS,
} from './columns.ts';
import {
  countLists,
  readPages,
  type Condition,
  type KeysetList,
  type PageRequest,
  type ParentKey,
} from './keyset-page.ts';
import type { ReadSession } from './read-source.ts';

export interface CountRequest {
  readonly conditions: readonly Condition[];
}

/** A list of rows that is read in pages, for many parents with one statement. */
export interface RowList<Row> {
  readonly order: KeysetList['order'];
  /** Fields of a row for the columns of the order: a cursor is made of their values. */
  readonly cursorFields: readonly (keyof Row & string)[];
  /** One page per parent, in the order of `parents`. */
  readonly read: (
    session: ReadSession,
    parents: readonly ParentKey[],
    page: PageRequest,
  ) => Promise<Row[][]>;
  /** Length of the list of each parent, in the order of `parents`. */
  readonly count: (
    session: ReadSession,
    parents: readonly ParentKey[],
    request: CountRequest,
  ) => Promise<number[]>;
}

/** A list of the tables that it names: its statements are made once. */
export function defineList<Row>(
  list: KeysetList & Pick<RowList<Row>, 'cursorFields'>,
): RowList<Row> {
  return {
    order: list.order,
    cursorFields: list.cursorFields,
    read: (session, parents, page) => readPages<Row>(session, list, parents, page),
    count: (session, parents, request) => countLists(session, list, parents, request.conditions),
  };
}

/** Lists do not contain what was deleted on GitHub; it can still be read by its id. */
const NOT_DELETED = 't.deleted_at IS NULL';

/** A team's pull requests, newest first. */
export const TEAM_PULL_REQUESTS = defineList<PullRequest>({
  table: 'pull_request',
  columns: PULL_REQUEST_COLUMNS,
  parent: ['team_id'],
  order: [
    { column: 'created_at', type: 'timestamptz' },
    { column: 'id', type: 'bigint' },
  ],
  direction: 'DESC',
  always: NOT_DELETED,
  cursorFields: ['createdAt', 'id'],
});

/** A repository's pull requests, highest number first, so that the index on the number serves each page. */
export const REPOSITORY_PULL_REQUESTS = defineList<PullRequest>({
  table: 'pull_request',
  columns: PULL_REQUEST_COLUMNS,
  parent: ['team_id', 'repository_id'],
  order: [{ column: 'number', type: 'integer' }],
  direction: 'DESC',
  always: NOT_DELETED,
  cursorFields: ['number'],
});

export const TEAM_REPOSITORIES = defineList<Repository>({
  table: 'repository',
  columns: REPOSITORY_COLUMNS,
  parent: ['team_id'],
  order: [
    { column: 'owner', type: 'text' },
    { column: 'name', type: 'text' },
    { column: 'id', type: 'bigint' },
  ],
  direction: 'ASC',
  cursorFields: ['owner', 'name', 'id'],
});

export const TEAM_MEMBERS = defineList<Member>({
  table: 'member',
  columns: MEMBER_COLUMNS,
  parent: ['team_id'],
  order: [
    { column: 'login', type: 'text' },
    { column: 'id', type: 'bigint' },
  ],
  direction: 'ASC',
  cursorFields: ['login', 'id'],
});

/** Jobs, and repository syncs that no job started, newest first. */
export const TEAM_SYNC_RUNS = defineList<SyncRun>({
  table: 'sync_run',
  columns: SYNC_RUN_COLUMNS,
  parent: ['team_id'],
  order: [{ column: 'id', type: 'bigint' }],
  direction: 'DESC',
  always: 't.parent_id IS NULL',
  cursorFields: ['id'],
});

/** Audit log of a team, newest first. */
export const TEAM_AUDIT = defineList<AdminAudit>({
  table: 'admin_audit',
  columns: ADMIN_AUDIT_COLUMNS,
  parent: ['team_id'],
  order: [{ column: 'id', type: 'bigint' }],
  direction: 'DESC',
  cursorFields: ['id'],
});

/** Rebuilds of a team's weekly metrics, newest first. */
export const TEAM_ROLLUP_REBUILDS = defineList<RollupRebuild>({
  table: 'rollup_rebuild',
  columns: ROLLUP_REBUILD_COLUMNS,
  parent: ['team_id'],
  order: [{ column: 'id', type: 'bigint' }],
  direction: 'DESC',
  cursorFields: ['id'],
});

export const PULL_REQUEST_REVIEWS = defineList<Review>({
  table: 'review',
  columns: REVIEW_COLUMNS,
  parent: ['team_id', 'pull_request_id'],
  order: [
    { column: 'submitted_at', type: 'timestamptz' },
    { column: 'github_id', type: 'bigint' },
  ],
  direction: 'ASC',
  cursorFields: ['submittedAt', 'githubId'],
});

export const PULL_REQUEST_COMMITS = defineList<Commit>({
  table: 'commit',
  columns: COMMIT_COLUMNS,
  parent: ['team_id', 'pull_request_id'],
  order: [
    { column: 'committed_at', type: 'timestamptz' },
    { column: 'sha', type: 'text' },
  ],
  direction: 'ASC',
  cursorFields: ['committedAt', 'sha'],
});

export const PULL_REQUEST_FILES = defineList<PullRequestFile>({
  table: 'pull_request_file',
  columns: FILE_COLUMNS,
  parent: ['team_id', 'pull_request_id'],
  order: [{ column: 'path', type: 'text' }],
  direction: 'ASC',
  cursorFields: ['path'],
});
