import type { DbTransaction } from '../core/client.ts';
import { lockForAccounts } from '../members/members.ts';
import { lockBases } from '../pulls/base-kinds.ts';
import { resolvePullRequests } from './dead-letters.ts';
import { findDueStages } from './due-stages.ts';
import { storeFacts, type StoreFactsInput } from './store-facts.ts';
import { softDeletePullRequests, restorePullRequests } from './deleted-pull-requests.ts';
import { setStagesDue } from './repository-stages.ts';

export interface NumberedInput extends StoreFactsInput {
  /** Numbers that GitHub does not have any more. */
  readonly gone: readonly number[];
}

/** What storing pull requests by their numbers did. */
export interface StoredByNumber {
  /** Inserted, or taken back among those that are there. */
  readonly repaired: number;
  /** Set deleted. */
  readonly removed: number;
}

/**
 * Stores pull requests that were asked for by their numbers, with all that a page of a sync stores: lists to continue and
 * stages are left to the repository's next sync. Those that are gone are set deleted, those that are back are restored.
 */
export async function storeNumbered(
  tx: DbTransaction,
  input: NumberedInput,
): Promise<StoredByNumber> {
  const { teamId, repositoryId, pullRequests, syncedAt } = input;
  const key = { teamId, repositoryId };
  await lockForAccounts(tx, teamId, pullRequests);
  await lockBases(tx, key);
  const restored = await restorePullRequests(
    tx,
    key,
    pullRequests.map(({ number }) => number),
  );
  const { inserted, changed } = await storeFacts(tx, input);
  const due = await findDueStages(tx, { ...key, heads: null, changed, isLast: true, syncedAt });
  await setStagesDue(tx, key, due);
  const removed = await softDeletePullRequests(tx, key, input.gone, syncedAt);
  await resolvePullRequests(tx, key, input.gone);
  return { repaired: inserted + restored, removed };
}
