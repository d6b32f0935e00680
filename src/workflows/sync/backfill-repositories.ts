import {
  CancellationScope,
  ChildWorkflowFailure,
  isCancellation,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { ComputeActivities } from '../../contracts/rollups.ts';
import type {
  BackfillTeamInput,
  OpenRepositoryRunResult,
  ResolvedRepository,
  ResolveRepositoriesResult,
  SyncActivities,
  SyncOutcome,
  WidenBackfillInput,
} from '../../contracts/sync.ts';
import { syncRepositoryWorkflowId } from '../../contracts/workflow-ids.ts';
import { workflowIdHere } from '../core/installation.ts';
import { toRunEnd } from '../core/outcome.ts';
import { runConcurrently } from '../core/run-concurrently.ts';
import { rollUpWeeks } from '../rollups/roll-up-weeks.ts';
import type { BackfillRequests } from './backfill-requests.ts';
import type { BackfillTally } from './backfill-tally.ts';
import { startWhenFree, type RepositorySync } from './start-repository-sync.ts';
import type { SyncControl } from './sync-control.ts';

/** Repository syncs of one run: each is about 25 events, so a run stays far below Temporal's 10,240. */
const REPOSITORIES_PER_RUN = 200;

/** Where a backfill stands; `syncRepositories` moves it on. */
export interface BackfillPosition {
  /** How far back the request goes whose repositories are in the queue. */
  since: string | null;
  /** Repositories of that request that have not begun. */
  queue: ResolvedRepository[];
  /** Repository syncs that have begun: in this run, and in all runs of the chain. */
  begunInRun: number;
  begun: number;
}

/** A running backfill, as its parts see it. */
export interface RunningBackfill {
  readonly input: BackfillTeamInput;
  /** The backfill's own row. */
  readonly syncRunId: string;
  readonly records: Pick<SyncActivities, 'resolveRepositories' | 'openRepositoryRun'>;
  readonly closeSyncRun: SyncActivities['closeSyncRun'];
  readonly compute: ComputeActivities;
  readonly control: SyncControl;
  readonly requests: BackfillRequests;
  readonly tally: BackfillTally;
  /** Repository syncs that run now, by the name of their repository. */
  readonly running: Map<string, RepositorySync>;
  readonly position: BackfillPosition;
}

/** Syncs what was requested, one request after another, until nothing is left or the run has grown long enough. */
export async function syncRepositories(backfill: RunningBackfill): Promise<void> {
  const { input, requests, position } = backfill;
  for (;;) {
    if (position.queue.length > 0) {
      await runConcurrently(
        position.queue,
        input.activityOptions.parallelRepositories,
        () => mayBegin(position),
        (repository) => syncNext(backfill, repository),
      );
    }
    const request = mayBegin(position) ? requests.takeNext() : undefined;
    if (request === undefined) {
      return;
    }
    position.since = request.since;
    position.queue = await resolveRequest(backfill, request);
  }
}

function mayBegin({ begunInRun }: BackfillPosition): boolean {
  return (
    !CancellationScope.current().consideredCancelled &&
    begunInRun < REPOSITORIES_PER_RUN &&
    !workflowInfo().continueAsNewSuggested
  );
}

/**
 * Finds the repositories of a request, some names an activity; a timer waits for GitHub's limit to lift. Names that
 * cannot be looked up are refused with the reason where the backfill has read anything else, or was asked to: whoever
 * joined it was told that it would.
 */
async function resolveRequest(
  { input, syncRunId, records, control, requests, tally }: RunningBackfill,
  { repositories, since }: WidenBackfillInput,
): Promise<ResolvedRepository[]> {
  const found: ResolvedRepository[] = [];
  for (let names = repositories; ;) {
    if (control.isPaused()) {
      await control.holdWhilePaused();
    }
    const asked = { teamId: input.teamId, syncRunId, repositories: names, since };
    let result: ResolveRepositoriesResult;
    try {
      result = await records.resolveRepositories(asked);
    } catch (error) {
      const { outcome, errorMessage } = toRunEnd(error);
      const isAlone = found.length + tally.countEnded() + requests.pending.length === 0;
      if (isAlone || outcome === 'CANCELLED') {
        throw error;
      }
      names.forEach(requests.miss);
      for (const name of names.length === 0 ? ['All repositories'] : names) {
        tally.refuse(`${name} could not be looked up: ${errorMessage ?? 'unknown reason'}`);
      }
      return found;
    }
    found.push(...result.repositories);
    for (const { name, reason } of result.refused) {
      requests.miss(name);
      tally.refuse(reason);
    }
    if (result.left.length === 0) {
      return found;
    }
    names = result.left;
    if (result.wait !== null) {
      await control.waitOut(result.wait);
    }
  }
}

/** Syncs one repository of the queue, counts how that ended, and rolls up the weeks that it touched. */
async function syncNext(backfill: RunningBackfill, repository: ResolvedRepository): Promise<void> {
  const { input, syncRunId, records, control, requests, tally, position } = backfill;
  const { teamId } = input;
  if (control.isPaused()) {
    await control.holdWhilePaused();
  }
  position.begunInRun += 1;
  requests.begin(repository.name);
  const attempt = position.begun;
  position.begun += 1;
  const wanted = {
    teamId,
    repositoryId: repository.repositoryId,
    parentSyncRunId: syncRunId,
    workflowId: workflowIdHere(syncRepositoryWorkflowId(teamId, repository.repositoryId)),
    attempt,
    since: position.since,
  };
  let run: OpenRepositoryRunResult;
  try {
    // A cancellation in between would let the row be written after the step that closes it.
    run = await CancellationScope.nonCancellable(() => records.openRepositoryRun(wanted));
  } catch (error) {
    const end = toRunEnd(error);
    if (end.outcome === 'CANCELLED') {
      throw error;
    }
    // It has no row; the other repositories go on.
    tally.keepFailure(end);
    tally.count('FAILED');
    requests.miss(repository.name);
    return;
  }
  const outcome = await syncOne(backfill, repository, run);
  tally.count(outcome);
  if (outcome === 'FAILED' || outcome === 'CANCELLED') {
    requests.miss(repository.name);
  }
  if (run.isResumed && (outcome === 'COMPLETED' || outcome === 'PARTIAL')) {
    // What changed since the broken sync began lies before the cursor at which this one resumed.
    position.queue.unshift(repository);
  }
  setCurrentDetails(`${tally.countEnded()} repositories synced`);
  await rollUpUnlessFailing(backfill);
}

/** Rolls up the weeks that were touched. Where that fails, the marks of the weeks stay, and the tally has the reason. */
export async function rollUpUnlessFailing({
  input,
  compute,
  tally,
}: Pick<RunningBackfill, 'input' | 'compute' | 'tally'>): Promise<void> {
  try {
    await rollUpWeeks(input.teamId, compute);
    tally.keepRollUp(null);
  } catch (error) {
    const end = toRunEnd(error);
    if (end.outcome === 'CANCELLED') {
      throw error;
    }
    tally.keepRollUp(end);
  }
}

/** Runs the child of one repository and answers how it ended; throws what ends the whole backfill. */
async function syncOne(
  { input, closeSyncRun, control, tally, running }: RunningBackfill,
  { repositoryId, name }: ResolvedRepository,
  run: OpenRepositoryRunResult,
): Promise<SyncOutcome> {
  const { teamId, activityOptions } = input;
  const { syncRunId } = run;
  try {
    const ids = { teamId, repositoryId, repositoryName: name, syncRunId };
    const child = await startWhenFree({ ...ids, activityOptions, pagesBefore: 0 }, run, control);
    running.set(name, child);
    return (await child.result()).outcome;
  } catch (error) {
    // A sync that began has closed its row itself, unless it was terminated; one that did not begin cannot.
    const end = toRunEnd(error);
    await CancellationScope.nonCancellable(() => closeSyncRun({ teamId, syncRunId, ...end }));
    return toOutcome(error, tally);
  } finally {
    running.delete(name);
  }
}

/** How a repository sync ended that threw; the error is thrown again when it ends the whole backfill. */
function toOutcome(error: unknown, tally: BackfillTally): SyncOutcome {
  if (!(error instanceof ChildWorkflowFailure)) {
    throw error;
  }
  if (isCancellation(error)) {
    if (CancellationScope.current().consideredCancelled) {
      throw error;
    }
    return 'CANCELLED';
  }
  // The row of this repository has the reason; the other repositories go on.
  tally.keepFailure(toRunEnd(error));
  return 'FAILED';
}
