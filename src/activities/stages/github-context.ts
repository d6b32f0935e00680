import { asyncLocalStorage } from '@temporalio/activity';
import { createAskInTurn } from '../requests/find-again.ts';
import { createGitHubLane } from '../requests/github-lane.ts';
import type { SyncActivityDependencies } from '../requests/sync-dependencies.ts';
import type { StageContext } from './sync-stage.ts';

/** What activities that ask GitHub share: one lane an identity for all that a worker asks with it. */
export function createGitHubContext(dependencies: SyncActivityDependencies): StageContext {
  // Outside an activity, as in tests of one, nothing is cancelled.
  const cancellation = () => asyncLocalStorage.getStore()?.cancellationSignal;
  const lane = createGitHubLane(dependencies.db, dependencies.lanes, cancellation);
  const context = { ...dependencies, lane };
  return { ...context, askInTurn: createAskInTurn(context) };
}
