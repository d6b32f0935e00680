import { asyncLocalStorage } from '@temporalio/activity';
import type { Db } from '../../db/core/client.ts';
import { mergeLoginAccounts } from '../../db/members/login-account-merges.ts';

/**
 * Merges members that are one account, see `mergeLoginAccounts`. A merge that fails is logged and left to the next call:
 * until then its two members are two, which is no reason to store nothing.
 */
export async function tryMergeLoginAccounts(db: Db, teamId: bigint): Promise<void> {
  try {
    await mergeLoginAccounts(db, teamId);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    asyncLocalStorage
      .getStore()
      ?.log.warn('members that are one account could not be merged', { reason });
  }
}
