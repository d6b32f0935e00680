import type { SyncStageResult } from '../../contracts/sync.ts';
import type { DbTransaction } from '../../db/core/client.ts';
import {
  advanceStage,
  countStageRequests,
  finishStage,
  openStage,
  type OpenStage,
} from '../../db/sync/repository-stages.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { GitHubResource } from '../../domain/pulls/github-facts.ts';
import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import type { Ask, GitHubContext, WithQuota } from '../requests/request-slot.ts';
import type { StageRun } from './sync-stage.ts';

/** Requests of one activity: enough to be worth an event in the history, and few to repeat. */
const REQUESTS_PER_ACTIVITY = 10;

/** Asks GitHub one thing within a request slot. */
export type AskStage = <T extends WithQuota>(
  resource: GitHubResource,
  question: Ask<T>,
) => Promise<T>;

/** What a step has read. */
export interface StageProgress {
  /** The stage's cursor after it. */
  readonly to: string | null;
  /** Time of the newest thing that was read, on GitHub's clock. */
  readonly newestSeenAt?: Date | null;
  /** Whether it ends the stage. */
  readonly isLast?: boolean;
  /** Writes what was read, in the transaction that moves the cursor; not called when another attempt was faster. */
  store(tx: DbTransaction): Promise<void>;
}

/** Asks for what comes next. */
export type StageStep = (ask: AskStage) => Promise<StageProgress>;

/**
 * Takes steps of a stage, each committed by itself: where it stands is read from the database before each, so an
 * attempt that follows a kill goes on with the step that was not committed.
 * @param plan reads what comes next; null when there is nothing left
 * @throws RetryAfter, and what `withRequestSlot` throws
 */
export async function takeSteps(
  context: GitHubContext,
  run: StageRun,
  stage: SyncStage,
  plan: (tx: DbTransaction, open: OpenStage) => Promise<StageStep | null>,
): Promise<SyncStageResult> {
  const inTeam = <T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> =>
    withTeam(context.db, run.teamId, work);
  let requestsInAll = 0;
  while (requestsInAll < REQUESTS_PER_ACTIVITY) {
    const planned = await inTeam(async (tx) => {
      const open = await openStage(tx, run, stage);
      const step = open === null ? null : await plan(tx, open);
      if (open === null || step === null) {
        await finishStage(tx, run, stage);
        return null;
      }
      return { from: open.cursor, step };
    });
    if (planned === null) {
      return { next: 'DONE' };
    }
    const asked = { requests: 0, points: 0 };
    const progress = await planned.step(async (resource, question) => {
      await context.onFailpoint?.('before-fetch');
      const answer = await context.withRequestSlot({ ...run.scope, resource }, question);
      asked.requests += 1;
      asked.points += answer.quota?.resource === 'graphql' ? answer.quota.cost : 0;
      await context.onFailpoint?.('after-fetch');
      return answer;
    });
    requestsInAll += asked.requests;
    const isDone = await inTeam(async (tx) => {
      const { to, newestSeenAt = null, isLast = false } = progress;
      const isMoved = await advanceStage(tx, run, stage, { from: planned.from, to, newestSeenAt });
      if (isMoved) {
        await progress.store(tx);
      }
      if (isMoved && isLast) {
        await finishStage(tx, run, stage);
      }
      await countStageRequests(tx, run, asked);
      await context.onFailpoint?.('before-commit');
      return isMoved && isLast;
    });
    run.onProgress();
    await context.onFailpoint?.('after-commit');
    if (isDone) {
      return { next: 'DONE' };
    }
  }
  return { next: 'MORE' };
}
