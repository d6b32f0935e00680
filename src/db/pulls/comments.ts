import type { CommentFact } from '../../domain/pulls/github-facts.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import { bulkUpsert } from '../bulk/bulk-upsert.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { accountsOf, addUnknownAccounts } from '../members/members.ts';
import { COMMENT } from './pull-request-tables.ts';

export interface StoreReviewCommentsInput extends RepositoryKey {
  /** With the number of the pull request that each was made on. */
  readonly comments: readonly { readonly number: number; readonly comment: CommentFact }[];
}

/**
 * Writes comments on lines of diffs. Those of pull requests that are not stored are left out: once one is, its comments
 * are fewer than GitHub counts, and its own are asked for.
 */
export async function storeReviewComments(
  tx: DbTransaction,
  { teamId, repositoryId, comments }: StoreReviewCommentsInput,
): Promise<void> {
  const numbers = [...new Set(comments.map(({ number }) => number))];
  const stored = await tx.$queryRaw<{ id: bigint; number: number }[]>`
    SELECT id, number FROM pull_request
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId}
      AND number = ANY (${toArrayLiteral(numbers)}::text::integer[])`;
  const ids = new Map(stored.map((row) => [row.number, row.id]));
  const wanted = comments.flatMap(({ number, comment }) => {
    const pullRequestId = ids.get(number);
    return pullRequestId === undefined ? [] : [{ ...comment, pullRequestId }];
  });
  // The REST API names accounts without their names: what pull requests have brought of them stays.
  const members = await addUnknownAccounts(tx, teamId, accountsOf(wanted));
  await bulkUpsert(
    tx,
    COMMENT,
    teamId,
    wanted.map((row) => ({ ...row, authorId: members.of(row.author).id })),
  );
}

/** A pull request with fewer comments than GitHub counts. */
export interface ShortOfComments {
  readonly number: number;
  readonly updatedAt: Date;
}

/**
 * The next pull request of a repository whose own comments are to be asked for, newest change first: fewer are stored
 * than GitHub counts, and this version of it was not asked for yet. Those that were opened before the stage of
 * comments began go first: it cannot have seen all of theirs.
 * @param onlyOld leave out the others
 */
export async function readShortOfComments(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  onlyOld: boolean,
): Promise<ShortOfComments | null> {
  const rows = await tx.$queryRaw<ShortOfComments[]>`
    SELECT p.number, p.updated_at AS "updatedAt"
    FROM pull_request p
    JOIN repository_stage st ON st.team_id = p.team_id AND st.repository_id = p.repository_id AND st.stage = 'REVIEW_COMMENTS'
    WHERE p.team_id = ${teamId} AND p.repository_id = ${repositoryId} AND p.deleted_at IS NULL
      AND p.review_comments_at IS DISTINCT FROM p.updated_at
      AND (NOT ${onlyOld}::boolean OR p.created_at < least(st.complete_from, st.running_from))
      AND p.comment_count > 0 AND p.comment_count > (SELECT count(*) FROM comment c
        WHERE c.team_id = p.team_id AND c.pull_request_id = p.id)
    ORDER BY p.created_at < least(st.complete_from, st.running_from) DESC, p.updated_at DESC, p.number DESC
    LIMIT 1`;
  return rows[0] ?? null;
}

/** Stores that all comments of a version were asked for: it is not asked for them again, however many there are. */
export async function recordCommentsRead(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  { number, updatedAt }: ShortOfComments,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE pull_request SET review_comments_at = ${updatedAt}::timestamptz
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND number = ${number}`;
}
