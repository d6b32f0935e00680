import type { GapFact, NestedFacts, NestedListName } from '../../domain/pulls/github-facts.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import { bulkUpsert } from '../bulk/bulk-upsert.ts';
import type { DbTransaction } from '../core/client.ts';
import { GAP } from './pull-request-tables.ts';

const LISTS: readonly NestedListName[] = ['LABELS', 'TIMELINE', 'COMMITS', 'FILES', 'CHECKS'];

type GapList = GapFact['list'];

/** The gaps of a pull request, and the lists that came in to their end: what is not among them is no gap any more. */
export interface PullRequestGaps {
  readonly pullRequestId: bigint;
  readonly gaps: readonly GapFact[];
  readonly whole: readonly GapList[];
}

/**
 * The lists of a pull request's facts that came in whole. A page of one list alone, of which nothing is known to be, has
 * none, and does not say what the pull request's own values are either.
 */
export function wholeLists(facts: NestedFacts): GapList[] {
  const untold: Partial<Record<NestedListName, boolean>> = {
    FILES: facts.files === null,
    CHECKS: facts.checks === null,
  };
  const whole = LISTS.filter(
    (list) => untold[list] !== true && facts.unread.every((unread) => unread.list !== list),
  );
  return whole.length === 0 ? [] : ['PULL_REQUEST', ...whole];
}

/**
 * Writes the gaps of pull requests, and removes those that are none any more. Most pull requests have none, and cost at
 * most one look-up.
 * @param areNew all of them were inserted in this transaction: nothing is to be removed
 */
export async function storeGaps(
  tx: DbTransaction,
  teamId: bigint,
  pullRequests: readonly PullRequestGaps[],
  areNew = false,
): Promise<void> {
  const rows = pullRequests.flatMap(({ pullRequestId, gaps }) =>
    gaps.map((gap) => ({ ...gap, pullRequestId })),
  );
  const whole = areNew
    ? []
    : pullRequests.flatMap(({ pullRequestId, whole: lists }) =>
        lists.map((list) => ({ pullRequestId, list })),
      );
  if (whole.length > 0) {
    await tx.$executeRaw`
      DELETE FROM pull_request_gap g
      USING unnest(${toArrayLiteral(whole.map((one) => one.pullRequestId))}::text::bigint[],
        ${toArrayLiteral(whole.map((one) => one.list))}::text::text[]) AS whole(id, list)
      WHERE g.team_id = ${teamId} AND g.pull_request_id = whole.id AND g.list = whole.list
        AND NOT EXISTS (SELECT 1 FROM unnest(${toArrayLiteral(rows.map((row) => row.pullRequestId))}::text::bigint[],
            ${toArrayLiteral(rows.map((row) => row.list))}::text::text[],
            ${toArrayLiteral(rows.map((row) => row.item))}::text::text[],
            ${toArrayLiteral(rows.map((row) => row.field))}::text::text[]) AS kept(id, list, item, field)
          WHERE kept.id = g.pull_request_id AND kept.list = g.list AND kept.item = g.item AND kept.field = g.field)`;
  }
  if (rows.length > 0) {
    await bulkUpsert(tx, GAP, teamId, rows);
  }
}
