import { asyncLocalStorage } from '@temporalio/activity';
import { createWithRequestSlot } from '../requests/find-moved-repository.ts';
import { createIdentityQueue } from '../requests/identity-queue.ts';
import type { SyncActivityDependencies } from '../requests/sync-dependencies.ts';
import type { StageContext } from './sync-stage.ts';

/** What activities that ask GitHub share: one queue an identity for all that a worker asks with it. */
export function createGitHubContext(dependencies: SyncActivityDependencies): StageContext {
  // Outside an activity, as in tests of one, nothing is cancelled.
  const cancellation = () => asyncLocalStorage.getStore()?.cancellationSignal;
  const identityQueue = createIdentityQueue(
    dependencies.db,
    dependencies.concurrentRequests,
    cancellation,
  );
  const context = { ...dependencies, identityQueue };
  return { ...context, withRequestSlot: createWithRequestSlot(context) };
}
