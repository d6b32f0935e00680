import { SYNC_STAGES, type SyncStage } from './sync-stage.ts';
import type { SyncWait } from './sync-wait.ts';

/** Stages of a sync in this order. A job has the first and the last; the sync of a repository has those between. */
export const SYNC_RUN_STAGES = [
  'REPOSITORIES',
  'PULL_REQUESTS',
  ...SYNC_STAGES,
  'ROLLUPS',
] as const;

export type SyncRunStage = (typeof SYNC_RUN_STAGES)[number];

export type RepositoryStage = 'PULL_REQUESTS' | SyncStage;

/**
 * Shares of the sync of one repository, which make 1. How long the later stages are is not known before they have ended:
 * the shares are what they cost where all of them are due. A stage that is not due is passed over.
 */
const STAGE_SHARES: Readonly<Record<RepositoryStage, number>> = {
  PULL_REQUESTS: 0.5,
  NESTED_LISTS: 0.05,
  REVIEW_COMMENTS: 0.1,
  CHECK_RUNS: 0.05,
  DEPLOYMENTS: 0.25,
  RELEASES: 0.05,
};

/** Shares of a job beside the repositories: to find them, and to roll up the last weeks. */
const LOOK_UP_SHARE = 0.02;
const ROLL_UP_SHARE = 0.05;

/** Requests after which half of a stage counts as done whose size nobody knows. */
const HALF_OF_A_STAGE = 10;

/** What is done of a run that has not ended, at the most: only the end is 1. */
const BEFORE_THE_END = 0.999;

/** Below this share of the work the past says nothing about the rest. */
const MIN_WORK = 0.03;

/** What an Int of GraphQL holds, 68 years: a clock that is years ahead must not cost the run its progress. */
const MAX_SECONDS = 2 ** 31 - 1;

/** The sync of one repository that runs. */
export interface RunningPart {
  readonly stage: RepositoryStage;
  readonly pullRequestsSeen: number;
  /** How many the repository had when the sync began; null before the first page. */
  readonly pullRequestsTotal: number | null;
  readonly startedAt: Date;
  /** How far back it goes. */
  readonly since: Date;
  readonly oldestReachedAt: Date | null;
  /** Requests of the stage after the pull requests. */
  readonly stageRequests: number;
}

/** What is known of a run: a job, or the sync of one repository, whose only part is itself. */
export interface SyncState {
  readonly isJob: boolean;
  readonly hasEnded: boolean;
  /** Repositories of the run that are known, whether their sync has begun or not. */
  readonly repositories: number;
  /** Those of them whose last sync has ended, however it ended. */
  readonly repositoriesEnded: number;
  /** Those of these that were not synced to the end: how soon they failed says nothing of the pace. */
  readonly repositoriesFailed: number;
  readonly running: readonly RunningPart[];
  /** The last stage of the sync of a repository that has ended; a job's is told by its repositories. */
  readonly lastStage: RepositoryStage;
  /**
   * What was shown when the plan last changed, and the work that was done by the new plan: a job that is asked for more
   * goes on from what it has shown. 0 each where the plan has not changed.
   */
  readonly shownBefore: number;
  readonly workBefore: number;
}

/** The progress of a run as everybody shows it. */
export interface SyncProgressShown {
  readonly stage: SyncRunStage;
  /** Share of the run that is done, 0 to 1: never less than before, and 1 only when it has ended. */
  readonly fractionDone: number;
}

/** Where a run stands. A pure function of what is stored: the API, the command line and a start show the same. */
export function measureSync(state: SyncState): SyncProgressShown {
  const stage = stageOf(state);
  if (state.hasEnded) {
    return { stage, fractionDone: 1 };
  }
  const { shownBefore, workBefore } = state;
  const since = Math.max(0, measureWork(state) - workBefore) / (1 - workBefore);
  const shown = shownBefore + (1 - shownBefore) * since;
  return { stage, fractionDone: Math.max(shownBefore, Math.min(shown, BEFORE_THE_END)) };
}

/** From where a job goes on whose plan has changed: what it has shown stays shown. @param after by the new plan */
export function replan(
  before: SyncState,
  after: SyncState,
): Pick<SyncState, 'shownBefore' | 'workBefore'> {
  const shownBefore = measureSync(before).fractionDone;
  const workBefore = measureWork(after);
  return workBefore < shownBefore ? { shownBefore, workBefore } : { shownBefore: 0, workBefore: 0 };
}

/** Share of the work of a run by its plan of now, 0 to below 1. */
function measureWork(state: SyncState): number {
  const parts = state.running.reduce((sum, part) => sum + measurePart(part), 0);
  if (!state.isJob) {
    return Math.min(parts, BEFORE_THE_END);
  }
  if (state.repositories === 0) {
    return 0;
  }
  const synced = Math.min(1, (state.repositoriesEnded + parts) / state.repositories);
  return LOOK_UP_SHARE + (1 - LOOK_UP_SHARE - ROLL_UP_SHARE) * synced;
}

function stageOf({
  isJob,
  repositories,
  repositoriesEnded,
  running,
  lastStage,
}: SyncState): SyncRunStage {
  if (!isJob) {
    return lastStage;
  }
  if (repositories === 0) {
    return 'REPOSITORIES';
  }
  if (running.length === 0) {
    return repositoriesEnded < repositories ? 'PULL_REQUESTS' : 'ROLLUPS';
  }
  // What is the furthest behind is what most is left of.
  const stages = new Set<SyncRunStage>(running.map(({ stage }) => stage));
  return SYNC_RUN_STAGES.find((stage) => stages.has(stage)) ?? 'PULL_REQUESTS';
}

/** Share of the sync of a repository, 0 to below 1. */
function measurePart(part: RunningPart): number {
  if (part.stage === 'PULL_REQUESTS') {
    return STAGE_SHARES.PULL_REQUESTS * measurePullRequests(part);
  }
  const index = SYNC_STAGES.indexOf(part.stage);
  const earlier = SYNC_STAGES.slice(0, index).reduce(
    (sum, stage) => sum + STAGE_SHARES[stage],
    STAGE_SHARES.PULL_REQUESTS,
  );
  const within = part.stageRequests / (part.stageRequests + HALF_OF_A_STAGE);
  return earlier + STAGE_SHARES[part.stage] * within;
}

/** The pages end at `since` or at the last pull request, whichever comes first: the larger share counts. */
function measurePullRequests(part: RunningPart): number {
  const { pullRequestsSeen, pullRequestsTotal, startedAt, since, oldestReachedAt } = part;
  const byCount =
    pullRequestsTotal === null || pullRequestsTotal === 0
      ? 0
      : pullRequestsSeen / pullRequestsTotal;
  const reachMs = startedAt.getTime() - since.getTime();
  const byTime =
    oldestReachedAt === null || reachMs <= 0
      ? 0
      : (startedAt.getTime() - oldestReachedAt.getTime()) / reachMs;
  return Math.min(1, Math.max(0, byCount, byTime));
}

export interface EstimateInput {
  readonly state: SyncState;
  readonly startedAt: Date;
  readonly waits: readonly SyncWait[];
  readonly now: Date;
}

/**
 * Whole seconds that are left at the pace so far, with the wait that is on. Null, which is shown as unknown, where the
 * past does not tell: before anything is done, while it is paused or no worker is there, in stages whose size nobody knows
 * until one repository of the job has been through all of them, while the last weeks are rolled up, and after the end.
 */
export function estimateSecondsLeft({
  state,
  startedAt,
  waits,
  now,
}: EstimateInput): number | null {
  const { repositoriesFailed } = state;
  const synced = state.repositoriesEnded - repositoriesFailed;
  const work = measureWork({
    ...state,
    repositories: state.repositories - repositoriesFailed,
    repositoriesEnded: synced,
  });
  const isMeasured =
    state.running.length > 0 &&
    (synced > 0 || state.running.every(({ stage }) => stage === 'PULL_REQUESTS'));
  const hasNoEnd = waits.some(({ kind }) => kind !== 'GITHUB');
  if (state.hasEnded || hasNoEnd || !isMeasured || work < MIN_WORK) {
    return null;
  }
  const elapsedMs = Math.max(0, now.getTime() - startedAt.getTime());
  const waitMs = Math.max(
    0,
    ...waits.map((wait) => (wait.kind === 'GITHUB' ? wait.until.getTime() - now.getTime() : 0)),
  );
  const restMs = (elapsedMs * (1 - work)) / work;
  return Math.min(Math.round((restMs + waitMs) / 1000), MAX_SECONDS);
}
