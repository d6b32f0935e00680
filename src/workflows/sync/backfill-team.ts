import {
  CancellationScope,
  CancelledFailure,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  defineUpdate,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  widenBackfillUpdate,
  type BackfillTeamInput,
  type BackfillTeamResult,
  type OpenRepositoryRunResult,
  type ResolvedRepository,
  type SyncOutcome,
  type WidenBackfillInput,
  type WidenBackfillResult,
} from '../../contracts/sync.ts';
import { syncRepositoryWorkflowId } from '../../contracts/workflow-ids.ts';
import {
  CANCEL_AT_ONCE,
  closingActivities,
  computeActivities,
  recordActivities,
} from '../core/activity-proxies.ts';
import { covers, validateRequest } from './backfill-requests.ts';
import { combineOutcomes, toFailure, toJobEnd, toRunEnd, type RunEnd } from '../core/outcome.ts';
import { rollUpWeeks } from '../rollups/roll-up-weeks.ts';
import { controlSync } from './sync-control.ts';
import { startWhenFree, signalPause, type RepositorySync } from './start-repository-sync.ts';
import { runConcurrently } from '../core/run-concurrently.ts';

const widenBackfill = defineUpdate<WidenBackfillResult, [WidenBackfillInput]>(widenBackfillUpdate);

/** Walks of one run: each is about 25 events, so a run stays far below Temporal's 10,240. */
const REPOSITORIES_PER_RUN = 200;

/** Refused names whose reason the job's row tells. */
const REFUSALS_REPORTED = 20;

/**
 * Brings a team's repositories up to date as far back as asked: a child `syncRepository` each, a few at a time, and
 * the rollup of the weeks that they touched. A second wish joins by the update `widenBackfill` and is walked after the
 * first; once the job closes the update is refused, and the next start is a job of its own. A repository that fails
 * ends alone; the job is then PARTIAL, and fails only when all of them did. Pause and resume go to the walks too; a
 * cancellation lets their running pages end. Continues as new every 200 walks, after those that run have ended: a child
 * does not outlive the run that started it, and requests of one identity go out one by one anyway.
 */
export async function backfillTeam(input: BackfillTeamInput): Promise<BackfillTeamResult> {
  const { teamId, activityOptions, carryOver } = input;
  // Runs that began with an earlier release go on as they began.
  const isBounded = patched('continue-backfill-as-new');
  const isThorough = patched('close-every-row');
  const options = isThorough ? {} : CANCEL_AT_ONCE;
  const records = recordActivities(activityOptions, options);
  const { closeSyncRun } = closingActivities(activityOptions, options);
  const compute = computeActivities(activityOptions);
  const pending: WidenBackfillInput[] = [
    ...(carryOver?.pending ?? [{ repositories: input.repositories, since: input.since }]),
  ];
  const accepted: WidenBackfillInput[] = [...(carryOver?.accepted ?? pending)];
  let closing = false;
  setHandler(
    widenBackfill,
    (request) => {
      const covered = accepted.some((earlier) => covers(earlier, request));
      if (!covered) {
        accepted.push(request);
        pending.push(request);
      }
      return { widened: !covered };
    },
    { validator: (request) => validateRequest(request, closing) },
  );
  let opened = carryOver?.syncRunId;
  const outcomes: Partial<Record<SyncOutcome, number>> = { ...carryOver?.outcomes };
  const refusals: string[] = [...(carryOver?.refusals ?? [])];
  let failure = carryOver?.failure ?? null;
  let synced = carryOver?.synced ?? 0;
  let begun = 0;
  let since = carryOver?.since ?? null;
  let queue: ResolvedRepository[] = [...(carryOver?.repositories ?? [])];
  const running = new Map<string, RepositorySync>();
  const control = controlSync({
    isPaused: carryOver?.isPaused ?? false,
    report: async (isPaused) => {
      if (opened === undefined) {
        await condition(() => opened !== undefined);
      }
      try {
        await records.recordSyncPause({ teamId, syncRunId, isPaused });
      } finally {
        await Promise.all([...running.values()].map((child) => signalPause(child, isPaused)));
      }
    },
    describe: () => ({ synced: countEnded(), running: [...running.keys()] }),
  });
  // An admin's job has its row already: it is closed below, whenever the cancellation comes.
  const syncRunId = opened ?? (await CancellationScope.nonCancellable(openJob));
  opened = syncRunId;
  const mayBegin = (): boolean =>
    !CancellationScope.current().consideredCancelled &&
    (!isBounded || (begun < REPOSITORIES_PER_RUN && !workflowInfo().continueAsNewSuggested));
  try {
    await syncPending();
    await control.settle();
    if (CancellationScope.current().consideredCancelled) {
      // Neither the end of the job nor a new run would know of it.
      throw new CancelledFailure('Cancelled on request.');
    }
  } catch (error) {
    closing = true;
    const end = toRunEnd(error);
    await CancellationScope.nonCancellable(async () => {
      if (isThorough) {
        await close(syncRunId, end);
      }
      // What was fetched is counted, also when the rest was not; where that fails, the next rollup takes it along.
      await rollUpWeeks(teamId, compute).catch(() => undefined);
      if (!isThorough) {
        await close(syncRunId, end);
      }
    });
    throw toFailure(end);
  }
  if (queue.length + pending.length > 0) {
    return continueAsNew<typeof backfillTeam>({
      ...input,
      carryOver: {
        syncRunId,
        accepted,
        pending,
        since,
        repositories: queue,
        outcomes,
        refusals,
        failure,
        synced,
        isPaused: control.isPaused(),
      },
    });
  }
  closing = true;
  const outcome = combineOutcomes(Object.keys(outcomes) as SyncOutcome[]);
  const end = toJobEnd(outcome, refusals, failure);
  await CancellationScope.nonCancellable(() => close(syncRunId, end));
  if (outcome === 'FAILED') {
    throw toFailure(end);
  }
  return { syncRunId, outcome, repositories: synced };

  async function openJob(): Promise<string> {
    const { repositories, requestedBy } = input;
    const { workflowId, firstExecutionRunId: workflowRunId } = workflowInfo();
    const job = {
      teamId,
      ...(input.syncRunId !== undefined && { syncRunId: input.syncRunId }),
      workflowId,
      workflowRunId,
      since: input.since,
      repositories,
      requestedBy,
    };
    return (await records.openBackfill(job)).syncRunId;
  }

  /** Walks what was asked for, wish by wish, until all is done or the run has grown long enough. */
  async function syncPending(): Promise<void> {
    for (;;) {
      if (queue.length > 0) {
        await runConcurrently(queue, activityOptions.parallelRepositories, mayBegin, syncAndCount);
      }
      const request = mayBegin() ? pending.shift() : undefined;
      if (request === undefined) {
        return;
      }
      ({ since } = request);
      queue = await resolve(request);
    }
  }

  /** Finds a wish's repositories, some names an activity; waits GitHub's limit out by a timer. */
  async function resolve(request: WidenBackfillInput): Promise<ResolvedRepository[]> {
    const found: ResolvedRepository[] = [];
    for (let names = request.repositories; ;) {
      if (control.isPaused()) {
        await control.holdWhilePaused();
      }
      const result = await records.resolveRepositories({
        teamId,
        syncRunId,
        repositories: names,
        since: request.since,
      });
      const { left = [], wait } = result;
      // A limit without the names that are left: they are all asked for again.
      if (wait === null || left.length > 0) {
        found.push(...result.repositories);
        for (const { reason } of result.refused) {
          count('FAILED');
          if (refusals.length < REFUSALS_REPORTED) {
            refusals.push(reason);
          }
        }
        names = left;
      }
      if (wait === null && left.length === 0) {
        return found;
      }
      if (wait !== null) {
        await control.waitOut(wait);
      }
    }
  }

  async function syncAndCount(repository: ResolvedRepository): Promise<void> {
    if (control.isPaused()) {
      await control.holdWhilePaused();
    }
    begun += 1;
    const wanted = {
      teamId,
      repositoryId: repository.repositoryId,
      parentSyncRunId: syncRunId,
      workflowId: syncRepositoryWorkflowId(teamId, repository.repositoryId),
      attempt: synced++,
      since,
    };
    // Cancelled half-way, the row could be written behind the one who closes it.
    const run = await CancellationScope.nonCancellable(() => records.openRepositoryRun(wanted));
    const ended = await syncOne(repository, run);
    count(ended);
    if (run.isResumed === true && (ended === 'COMPLETED' || ended === 'PARTIAL')) {
      // What changed since the broken walk began lies before the place where this one took up.
      queue.unshift(repository);
    }
    setCurrentDetails(`${countEnded()} repositories synced`);
    await rollUpWeeks(teamId, compute);
  }

  async function syncOne(
    repository: ResolvedRepository,
    run: OpenRepositoryRunResult,
  ): Promise<SyncOutcome> {
    try {
      const { repositoryId, name } = repository;
      const ids = { teamId, repositoryId, repositoryName: name, syncRunId: run.syncRunId };
      const child = await startWhenFree({ ...ids, activityOptions, pagesBefore: 0 }, run, control);
      running.set(repository.name, child);
      return (await child.result()).outcome;
    } catch (error) {
      if (isThorough) {
        // A walk that began has closed its row itself, unless it was terminated; one that did not begin cannot.
        const reason = toRunEnd(error);
        await CancellationScope.nonCancellable(() => close(run.syncRunId, reason));
      }
      return toOutcome(error);
    } finally {
      running.delete(repository.name);
    }
  }

  /** How a walk ended that did not complete; throws what ends the job. */
  function toOutcome(error: unknown): SyncOutcome {
    if (!(error instanceof ChildWorkflowFailure)) {
      throw error;
    }
    if (isCancellation(error)) {
      if (CancellationScope.current().consideredCancelled) {
        throw error;
      }
      return 'CANCELLED';
    }
    // Its row is closed with the reason; the others go on.
    failure ??= toRunEnd(error);
    return 'FAILED';
  }

  /** Ends a row that is still open; one that has ended keeps its end. */
  async function close(runId: string, reason: RunEnd): Promise<void> {
    await closeSyncRun({ teamId, syncRunId: runId, ...reason });
  }

  function count(ended: SyncOutcome): void {
    outcomes[ended] = (outcomes[ended] ?? 0) + 1;
  }

  function countEnded(): number {
    return Object.values(outcomes).reduce((sum, number) => sum + number, 0);
  }
}
