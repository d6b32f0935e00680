import {
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  BackfillTeamInput,
  BackfillTeamResult,
  SyncActivities,
} from '../../contracts/sync.ts';
import {
  closingActivities,
  computeActivities,
  recordActivities,
} from '../core/activity-proxies.ts';
import { toFailure, toRunEnd } from '../core/outcome.ts';
import { rollUpWeeks } from '../rollups/roll-up-weeks.ts';
import {
  rollUpUnlessFailing,
  syncRepositories,
  type BackfillPosition,
  type RunningBackfill,
} from './backfill-repositories.ts';
import { receiveRequests } from './backfill-requests.ts';
import { createTally } from './backfill-tally.ts';
import { signalPause, signalVerifyLimit, type RepositorySync } from './start-repository-sync.ts';
import { controlSync } from './sync-control.ts';

/**
 * Brings a team's repositories up to date as far back as requested: it runs a child `syncRepository` for each, a few at
 * a time, and rolls up the weeks that they touched. A second request joins by the update `widenBackfill` and is synced
 * after the first; once the backfill closes, the update is refused and the next start is a backfill of its own. A
 * repository that fails ends alone: the backfill is then PARTIAL, and it fails only when all of them did. It is PARTIAL
 * too where the weeks could not be rolled up, which the next rollup does. One that
 * cannot even begin fails at once and closes its row, and the next start is a backfill of its own. Pause and
 * resume go to the children too, and so does the word that a limit was lifted; a cancellation lets their running pages end. The workflow continues as new every 200
 * repositories, after the running children have ended: a child does not outlive the run that started it, and requests of
 * one identity go out one by one anyway.
 */
export async function backfillTeam(input: BackfillTeamInput): Promise<BackfillTeamResult> {
  const { teamId, activityOptions, carryOver } = input;
  const records = recordActivities(activityOptions);
  const { closeSyncRun } = closingActivities(activityOptions);
  const compute = computeActivities(activityOptions);
  const requests = receiveRequests(input);
  const tally = createTally(carryOver);
  const running = new Map<string, RepositorySync>();
  let opened = carryOver?.syncRunId;
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
    onVerifyLimit: async () => {
      await Promise.all([...running.values()].map(signalVerifyLimit));
    },
    describe: () => ({ synced: tally.countEnded(), running: [...running.keys()] }),
  });
  const syncRunId =
    opened ??
    (await openRow(input, records, (end) => {
      requests.close();
      return closeSyncRun(end);
    }));
  opened = syncRunId;
  const position = firstPosition(input);
  const backfill: RunningBackfill = {
    input,
    syncRunId,
    records,
    closeSyncRun,
    compute,
    control,
    requests,
    tally,
    running,
    position,
  };
  try {
    await syncRepositories(backfill);
    if (tally.isRollUpLeft()) {
      await rollUpUnlessFailing(backfill);
    }
    await control.settle();
    if (CancellationScope.current().consideredCancelled) {
      // Neither the end of the backfill nor a new run would know of the cancellation.
      throw new CancelledFailure('Cancelled on request.');
    }
  } catch (error) {
    requests.close();
    const end = toRunEnd(error);
    await CancellationScope.nonCancellable(async () => {
      await closeSyncRun({ teamId, syncRunId, ...end });
      // What was fetched is rolled up although the rest was not; where that fails, the next rollup includes it.
      await rollUpWeeks(teamId, compute).catch(() => undefined);
    });
    throw toFailure(end);
  }
  if (position.queue.length + requests.pending.length > 0) {
    return continueAsNew<typeof backfillTeam>(toNextRun(backfill));
  }
  requests.close();
  const end = tally.toEnd();
  await CancellationScope.nonCancellable(() => closeSyncRun({ teamId, syncRunId, ...end }));
  if (end.outcome === 'FAILED') {
    throw toFailure(end);
  }
  return { syncRunId, outcome: end.outcome, repositories: position.begun };
}

/**
 * Writes the backfill's row, or begins the one that was written before the start. That one can be closed by its id: where
 * it cannot be begun, or is cancelled before it is, it is closed with the reason.
 */
async function openRow(
  { teamId, syncRunId, since, repositories, requestedBy }: BackfillTeamInput,
  records: Pick<SyncActivities, 'openBackfill'>,
  close: SyncActivities['closeSyncRun'],
): Promise<string> {
  const { workflowId, firstExecutionRunId: workflowRunId } = workflowInfo();
  const row = {
    teamId,
    ...(syncRunId !== undefined && { syncRunId }),
    workflowId,
    workflowRunId,
    since,
    repositories,
    requestedBy,
  };
  try {
    // Without a row yet, a cancellation in between would let it be written after the step that closes it.
    const { syncRunId: opened } = await (syncRunId === undefined
      ? CancellationScope.nonCancellable(() => records.openBackfill(row))
      : records.openBackfill(row));
    return opened;
  } catch (error) {
    const end = toRunEnd(error);
    if (syncRunId !== undefined) {
      await CancellationScope.nonCancellable(() => close({ teamId, syncRunId, ...end }));
    }
    throw toFailure(end);
  }
}

function firstPosition({ carryOver }: BackfillTeamInput): BackfillPosition {
  return {
    since: carryOver?.since ?? null,
    queue: [...(carryOver?.repositories ?? [])],
    begunInRun: 0,
    begun: carryOver?.synced ?? 0,
  };
}

/** The input with which the backfill continues as new. */
function toNextRun(backfill: RunningBackfill): BackfillTeamInput {
  const { input, syncRunId, requests, tally, position, control } = backfill;
  return {
    ...input,
    carryOver: {
      syncRunId,
      accepted: requests.accepted,
      pending: requests.pending,
      missed: requests.missed(),
      since: position.since,
      repositories: position.queue,
      ...tally.toCarryOver(),
      synced: position.begun,
      isPaused: control.isPaused(),
    },
  };
}
