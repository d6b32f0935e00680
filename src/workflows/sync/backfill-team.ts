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
import { covers, validateWish } from './backfill-wishes.ts';
import { combineOutcomes, toFailure, toJobEnd, toRunEnd, type RunEnd } from '../core/outcome.ts';
import { rollUpWeeks } from '../rollups/roll-up-weeks.ts';
import { controlSync } from './sync-control.ts';
import { startInTurn, tellWalk, type Walk } from './start-walk.ts';
import { workInLanes } from '../core/work-in-lanes.ts';

const widenBackfill = defineUpdate<WidenBackfillResult, [WidenBackfillInput]>(widenBackfillUpdate);

/** Walks of one run: each is about 25 events, so a run stays far below Temporal's 10,240. */
const WALKS_PER_RUN = 200;

/** Refused names whose reason the job's row tells. */
const REFUSALS_TOLD = 20;

/**
 * Brings a team's repositories up to date as far back as asked: a child `syncRepository` each, a few at a time, and
 * the rollup of the weeks that they touched. A second wish joins by the update `widenBackfill` and is walked after the
 * first; once the job closes the update is refused, and the next start is a job of its own. A repository that fails
 * ends alone; the job is then PARTIAL, and fails only when all of them did. Pause and resume go to the walks too; a
 * cancellation lets their running pages end. Continues as new every 200 walks, after those that run have ended: a child
 * does not outlive the run that started it, and requests of one identity go out one by one anyway.
 */
export async function backfillTeam(input: BackfillTeamInput): Promise<BackfillTeamResult> {
  const { teamId, pace, rest } = input;
  // Runs that began with an earlier release go on as they began.
  const isBounded = patched('continue-backfill-as-new');
  const isThorough = patched('close-every-row');
  const options = isThorough ? {} : CANCEL_AT_ONCE;
  const records = recordActivities(pace, options);
  const { closeSyncRun } = closingActivities(pace, options);
  const compute = computeActivities(pace);
  const wishes: WidenBackfillInput[] = [
    ...(rest?.wishes ?? [{ repositories: input.repositories, since: input.since }]),
  ];
  const accepted: WidenBackfillInput[] = [...(rest?.accepted ?? wishes)];
  let closing = false;
  setHandler(
    widenBackfill,
    (wish) => {
      const covered = accepted.some((earlier) => covers(earlier, wish));
      if (!covered) {
        accepted.push(wish);
        wishes.push(wish);
      }
      return { widened: !covered };
    },
    { validator: (wish) => validateWish(wish, closing) },
  );
  let opened = rest?.syncRunId;
  const outcomes: Partial<Record<SyncOutcome, number>> = { ...rest?.outcomes };
  const refusals: string[] = [...(rest?.refusals ?? [])];
  let failure = rest?.failure ?? null;
  let walked = rest?.walked ?? 0;
  let begun = 0;
  let since = rest?.since ?? null;
  let queue: ResolvedRepository[] = [...(rest?.repositories ?? [])];
  const running = new Map<string, Walk>();
  const control = controlSync({
    isPaused: rest?.isPaused ?? false,
    tell: async (isPaused) => {
      if (opened === undefined) {
        await condition(() => opened !== undefined);
      }
      try {
        await records.recordSyncPause({ teamId, syncRunId, isPaused });
      } finally {
        await Promise.all([...running.values()].map((child) => tellWalk(child, isPaused)));
      }
    },
    describe: () => ({ walked: countEnded(), running: [...running.keys()] }),
  });
  // Whoever started the job may have written its row already: it is closed below, whenever the cancellation comes.
  const syncRunId = opened ?? (await CancellationScope.nonCancellable(openJob));
  opened = syncRunId;
  const mayBegin = (): boolean =>
    !CancellationScope.current().consideredCancelled &&
    (!isBounded || (begun < WALKS_PER_RUN && !workflowInfo().continueAsNewSuggested));
  try {
    await walkWishes();
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
  if (queue.length + wishes.length > 0) {
    return continueAsNew<typeof backfillTeam>({
      ...input,
      rest: {
        syncRunId,
        accepted,
        wishes,
        since,
        repositories: queue,
        outcomes,
        refusals,
        failure,
        walked,
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
  return { syncRunId, outcome, repositories: walked };

  async function openJob(): Promise<string> {
    const { repositories, requestedBy } = input;
    const { workflowId, firstExecutionRunId: workflowRunId } = workflowInfo();
    const job = {
      teamId,
      workflowId,
      workflowRunId,
      since: input.since,
      repositories,
      requestedBy,
    };
    return (await records.openBackfill(job)).syncRunId;
  }

  /** Walks what was asked for, wish by wish, until all is done or the run has grown long enough. */
  async function walkWishes(): Promise<void> {
    for (;;) {
      if (queue.length > 0) {
        await workInLanes(queue, pace.parallelRepositories, mayBegin, walkAndCount);
      }
      const wish = mayBegin() ? wishes.shift() : undefined;
      if (wish === undefined) {
        return;
      }
      ({ since } = wish);
      queue = await resolve(wish);
    }
  }

  /** Finds a wish's repositories, some names an activity; waits GitHub's limit out by a timer. */
  async function resolve(wish: WidenBackfillInput): Promise<ResolvedRepository[]> {
    const found: ResolvedRepository[] = [];
    for (let names = wish.repositories; ;) {
      if (control.isPaused()) {
        await control.holdWhilePaused();
      }
      const result = await records.resolveRepositories({
        teamId,
        syncRunId,
        repositories: names,
        since: wish.since,
      });
      const { left = [], wait } = result;
      // A limit without the names that are left: they are all asked for again.
      if (wait === null || left.length > 0) {
        found.push(...result.repositories);
        for (const { reason } of result.refused) {
          count('FAILED');
          if (refusals.length < REFUSALS_TOLD) {
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

  async function walkAndCount(repository: ResolvedRepository): Promise<void> {
    if (control.isPaused()) {
      await control.holdWhilePaused();
    }
    begun += 1;
    const wanted = {
      teamId,
      repositoryId: repository.repositoryId,
      parentSyncRunId: syncRunId,
      workflowId: syncRepositoryWorkflowId(teamId, repository.repositoryId),
      attempt: walked++,
      since,
    };
    // Cancelled half-way, the row could be written behind the one who closes it.
    const run = await CancellationScope.nonCancellable(() => records.openRepositoryRun(wanted));
    const ended = await walk(repository, run);
    count(ended);
    if (run.isResumed === true && (ended === 'COMPLETED' || ended === 'PARTIAL')) {
      // What changed since the broken walk began lies before the place where this one took up.
      queue.unshift(repository);
    }
    setCurrentDetails(`${countEnded()} repositories walked`);
    await rollUpWeeks(teamId, compute);
  }

  async function walk(
    repository: ResolvedRepository,
    run: OpenRepositoryRunResult,
  ): Promise<SyncOutcome> {
    try {
      const { repositoryId, name } = repository;
      const ids = { teamId, repositoryId, repositoryName: name, syncRunId: run.syncRunId };
      const child = await startInTurn({ ...ids, pace, pagesBefore: 0 }, run, control);
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
