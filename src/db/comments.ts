import type { CommentFact } from '../domain/github-facts.ts';
import { toArrayLiteral } from './array-literal.ts';
import { bulkUpsert } from './bulk-upsert.ts';
import type { DbTransaction } from './client.ts';
import { addUnknownMembers } from './members.ts';
import { COMMENT } from './pull-request-tables.ts';

export interface StoreReviewCommentsInput {
  readonly teamId: bigint;
  readonly repositoryId: bigint;
  /** With the number of the pull request that each was made on. */
  readonly comments: readonly { readonly number: number; readonly comment: CommentFact }[];
}

/**
 * Writes comments on lines of diffs. Those of pull requests that are not stored are left out: they lie behind the
 * horizon, and a comment that is new moves its pull request before it.
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
    return pullRequestId === undefined ? [] : [{ pullRequestId, fact: comment }];
  });
  // The REST API names accounts without their names: what the walk of pull requests knows of them stays.
  const members = await addUnknownMembers(
    tx,
    teamId,
    wanted.map(({ fact }) => fact.author),
  );
  await bulkUpsert(
    tx,
    COMMENT,
    teamId,
    wanted.flatMap((row) => {
      const authorId = members.get(row.fact.author.githubId);
      return authorId === undefined ? [] : [{ ...row, authorId }];
    }),
  );
}
