import type { SyncStageResult } from '../../contracts/sync.ts';
import type { DbTransaction } from '../../db/core/client.ts';
import { countStageRequests, finishStage } from '../../db/sync/repository-stages.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { GitHubResource, QuotaFact } from '../../domain/pulls/github-facts.ts';
import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import type { GitHub } from '../../github/client.ts';
import type { RequestSlot } from '../requests/request-slot.ts';
import type { StageContext, StageRun } from './sync-stage.ts';

/** Requests of one activity: enough to be worth an event in the history, and few to repeat. */
const REQUESTS_PER_ACTIVITY = 10;

/** Asks GitHub one thing within a request slot. */
export type AskStage = <T>(
  resource: GitHubResource,
  question: (github: GitHub) => Promise<{ readonly answer: T; readonly quota: QuotaFact | null }>,
) => Promise<RequestSlot<T>>;

/** Writes what was read, with the cursor to go on from. Answers whether that ends the stage. */
export type CommitStep = (tx: DbTransaction) => Promise<'MORE' | 'DONE'>;

/** Asks for what comes next, and answers how it is written. */
export type StageStep = (ask: AskStage) => Promise<RequestSlot<CommitStep>>;

/**
 * Takes steps of a stage, each committed by itself: where it stands is read from the database before each, so an
 * attempt that follows a kill goes on with the step that was not committed.
 * @param plan reads what comes next; null when there is nothing left
 */
export async function takeSteps(
  context: StageContext,
  run: StageRun,
  stage: SyncStage,
  plan: (tx: DbTransaction) => Promise<StageStep | null>,
): Promise<SyncStageResult> {
  const inTeam = <T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> =>
    withTeam(context.db, run.teamId, work);
  let requestsInAll = 0;
  while (requestsInAll < REQUESTS_PER_ACTIVITY) {
    const step = await inTeam(async (tx) => {
      const next = await plan(tx);
      if (next === null) {
        await finishStage(tx, run, stage);
      }
      return next;
    });
    if (step === null) {
      return { next: 'DONE' };
    }
    const asked = { requests: 0, points: 0 };
    const slot = await step(async (resource, question) => {
      await context.onFailpoint?.('before-fetch');
      const answered = await context.withRequestSlot({ ...run.scope, resource }, async (github) => {
        const answer = await question(github);
        asked.requests += 1;
        asked.points += answer.quota?.resource === 'graphql' ? answer.quota.cost : 0;
        return answer;
      });
      await context.onFailpoint?.('after-fetch');
      return answered;
    });
    if (!slot.ready) {
      return { next: 'WAIT', until: slot.until.toISOString(), reason: slot.reason };
    }
    requestsInAll += asked.requests;
    const next = await inTeam(async (tx) => {
      const state = await slot.answer(tx);
      if (state === 'DONE') {
        await finishStage(tx, run, stage);
      }
      await countStageRequests(tx, run, asked);
      await context.onFailpoint?.('before-commit');
      return state;
    });
    run.onProgress();
    await context.onFailpoint?.('after-commit');
    if (next === 'DONE') {
      return { next: 'DONE' };
    }
  }
  return { next: 'MORE' };
}
