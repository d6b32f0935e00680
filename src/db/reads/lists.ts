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

/** Fields that make a total order; cursors are made of them. */
type OrderFields<M extends Model> = readonly (Field<M> & keyof Row<M>)[];

type TableList<M extends Model> = Pick<KeysetList, 'always'> &
  ({ readonly ascending: OrderFields<M> } | { readonly descending: OrderFields<M> }) & {
    /** Fields that name the parent, besides its team; a list without them belongs to the team. */
    readonly of?: readonly Field<M>[];
    /** A subquery that has the rows of the table, and as additional columns the parent's id besides its team. */
    readonly from?: { readonly text: string; readonly parentColumn: string };
  };

/** Defines a list of rows of one table. Its columns, their types and the fields of cursors come from the data model. */
export function listOf<M extends Model>(model: M, list: TableList<M>): RowList<Row<M>> {
  const { always, of = [], from } = list;
  const [direction, order] =
    'ascending' in list ? (['ASC', list.ascending] as const) : (['DESC', list.descending] as const);
  const parentColumns =
    from === undefined ? of.map((field) => columnOf(model, field)) : [from.parentColumn];
  return defineList<Row<M>>({
    table: from?.text ?? tableName(model),
    columns: selectionOf(model),
    parent: ['team_id', ...parentColumns],
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
  descending: ['createdAt', 'id'],
  always: NOT_DELETED,
});

/** A repository's pull requests, highest number first, so that the index on the number serves each page. */
export const REPOSITORY_PULL_REQUESTS = listOf('PullRequest', {
  of: ['repositoryId'],
  descending: ['number'],
  always: NOT_DELETED,
});

export const TEAM_REPOSITORIES = listOf('Repository', { ascending: ['owner', 'name', 'id'] });

export const TEAM_MEMBERS = listOf('Member', { ascending: ['login', 'id'] });

/** Jobs, and repository syncs that no job started, newest first. */
export const TEAM_SYNC_RUNS = listOf('SyncRun', {
  descending: ['id'],
  always: 't.parent_id IS NULL',
});

/** The repository syncs of a job, in the order in which they started. */
export const SYNC_RUN_PARTS = listOf('SyncRun', { of: ['parentId'], ascending: ['id'] });

/** Audit log of a team, newest first. */
export const TEAM_AUDIT = listOf('AdminAudit', { descending: ['id'] });

/** Rebuilds of a team's weekly metrics, newest first. */
export const TEAM_ROLLUP_REBUILDS = listOf('RollupRebuild', { descending: ['id'] });

export const PULL_REQUEST_REVIEWS = listOf('Review', {
  of: ['pullRequestId'],
  ascending: ['submittedAt', 'githubId'],
});

export const PULL_REQUEST_COMMITS = listOf('Commit', {
  of: ['pullRequestId'],
  ascending: ['committedAt', 'sha'],
});

export const PULL_REQUEST_FILES = listOf('PullRequestFile', {
  of: ['pullRequestId'],
  ascending: ['path'],
});
