import {
  countLists,
  readPages,
  type Condition,
  type KeysetList,
  type PageRequest,
  type ParentKey,
} from './keyset-page.ts';
import type { ReadSession } from './read-source.ts';
import {
  columnOf,
  selectionOf,
  sortColumnOf,
  tableName,
  type Field,
  type Model,
  type Row,
} from '../core/tables.ts';

export interface CountRequest {
  readonly conditions: readonly Condition[];
}

/** A list of rows that is read in pages, for many parents with one statement. */
export interface RowList<Listed> {
  readonly order: KeysetList['order'];
  /** Fields of a row for the columns of the order: a cursor is made of their values. */
  readonly cursorFields: readonly (keyof Listed & string)[];
  /** One page per parent, in the order of `parents`. */
  readonly read: (
    session: ReadSession,
    parents: readonly ParentKey[],
    page: PageRequest,
  ) => Promise<Listed[][]>;
  /** Length of the list of each parent, in the order of `parents`. */
  readonly count: (
    session: ReadSession,
    parents: readonly ParentKey[],
    request: CountRequest,
  ) => Promise<number[]>;
}

/** Defines a list whose select list is written by hand. */
export function defineList<Listed>(
  list: KeysetList & Pick<RowList<Listed>, 'cursorFields'>,
): RowList<Listed> {
  return {
    order: list.order,
    cursorFields: list.cursorFields,
    read: (session, parents, page) => readPages<Listed>(session, list, parents, page),
    count: (session, parents, request) => countLists(session, list, parents, request.conditions),
  };
}

type TableList<M extends Model> = Pick<KeysetList, 'direction' | 'always'> & {
  /** Total order of the list; cursors are made of these fields. */
  readonly order: readonly (Field<M> & keyof Row<M>)[];
} & (
    | {
        /** Fields of the parent's key; the first is teamId. */
        readonly parent: readonly Field<M>[];
      }
    | {
        /** A subquery that returns rows of the table with additional columns. */
        readonly from: string;
        /** Columns of the parent's key in the subquery; the first is team_id. */
        readonly parentColumns: readonly string[];
      }
  );

/** Defines a list of rows of one table. Its columns, their types and the fields of cursors come from the data model. */
export function listOf<M extends Model>(model: M, list: TableList<M>): RowList<Row<M>> {
  const { direction, always, order } = list;
  return defineList<Row<M>>({
    table: 'from' in list ? list.from : tableName(model),
    columns: selectionOf(model),
    parent:
      'from' in list ? list.parentColumns : list.parent.map((field) => columnOf(model, field)),
    order: order.map((field) => sortColumnOf(model, field)),
    direction,
    ...(always !== undefined && { always }),
    cursorFields: order,
  });
}

/** Lists do not contain what was deleted on GitHub; it can still be read by its id. */
const NOT_DELETED = 't.deleted_at IS NULL';

/** A team's pull requests, newest first. */
export const TEAM_PULL_REQUESTS = listOf('PullRequest', {
  parent: ['teamId'],
  order: ['createdAt', 'id'],
  direction: 'DESC',
  always: NOT_DELETED,
});

/** A repository's pull requests, highest number first, so that the index on the number serves each page. */
export const REPOSITORY_PULL_REQUESTS = listOf('PullRequest', {
  parent: ['teamId', 'repositoryId'],
  order: ['number'],
  direction: 'DESC',
  always: NOT_DELETED,
});

export const TEAM_REPOSITORIES = listOf('Repository', {
  parent: ['teamId'],
  order: ['owner', 'name', 'id'],
  direction: 'ASC',
});

export const TEAM_MEMBERS = listOf('Member', {
  parent: ['teamId'],
  order: ['login', 'id'],
  direction: 'ASC',
});

/** Jobs, and repository syncs that no job started, newest first. */
export const TEAM_SYNC_RUNS = listOf('SyncRun', {
  parent: ['teamId'],
  order: ['id'],
  direction: 'DESC',
  always: 't.parent_id IS NULL',
});

/** Audit log of a team, newest first. */
export const TEAM_AUDIT = listOf('AdminAudit', {
  parent: ['teamId'],
  order: ['id'],
  direction: 'DESC',
});

/** Rebuilds of a team's weekly metrics, newest first. */
export const TEAM_ROLLUP_REBUILDS = listOf('RollupRebuild', {
  parent: ['teamId'],
  order: ['id'],
  direction: 'DESC',
});

export const PULL_REQUEST_REVIEWS = listOf('Review', {
  parent: ['teamId', 'pullRequestId'],
  order: ['submittedAt', 'githubId'],
  direction: 'ASC',
});

export const PULL_REQUEST_COMMITS = listOf('Commit', {
  parent: ['teamId', 'pullRequestId'],
  order: ['committedAt', 'sha'],
  direction: 'ASC',
});

export const PULL_REQUEST_FILES = listOf('PullRequestFile', {
  parent: ['teamId', 'pullRequestId'],
  order: ['path'],
  direction: 'ASC',
});
