import { asyncLocalStorage } from '@temporalio/activity';
import { createWithRequestSlot } from './find-moved-repository.ts';
import { createIdentityQueue } from './identity-queue.ts';
import { createAskOnce, type GitHubContext } from './request-slot.ts';
import { createUnknownWordLog, warnInActivity } from './unknown-words.ts';
import type { SyncActivityDependencies } from './sync-dependencies.ts';

/** What activities that ask GitHub share: one queue an identity for all that a worker asks with it. */
export function createGitHubContext(dependencies: SyncActivityDependencies): GitHubContext {
  const { db, concurrentRequests } = dependencies;
  // Outside an activity, as in tests of one, nothing is cancelled.
  const cancellation = () => asyncLocalStorage.getStore()?.cancellationSignal;
  const identityQueue = createIdentityQueue(db, concurrentRequests, cancellation);
  const context = {
    ...dependencies,
    askOnce: createAskOnce(dependencies, identityQueue),
    logUnknownWords: createUnknownWordLog(warnInActivity),
  };
  return { ...context, withRequestSlot: createWithRequestSlot(context) };
}
