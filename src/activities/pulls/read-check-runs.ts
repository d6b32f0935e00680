import { readPendingChecks, storeChecks, type PendingChecks } from '../../db/pulls/check-runs.ts';
import { storeStageDeadLetters } from '../../db/sync/stage-dead-letters.ts';
import { advanceStage, openStage } from '../../db/sync/repository-stages.ts';
import type { CheckFact, CheckState, RejectedFact } from '../../domain/pulls/github-facts.ts';
import { takeSteps, type AskStage } from '../stages/stage-steps.ts';
import type { StageContext, StageReader, StageRun } from '../stages/sync-stage.ts';
import type { RequestSlot } from '../requests/request-slot.ts';

const STAGE = 'CHECK_RUNS';

/** Pull requests a request: with a hundred checks each they are far below GitHub's limit of nodes. */
const PULL_REQUESTS_PER_REQUEST = 25;

/** A check that has not ended by then will not: its runner is lost, or nobody is left to report. */
const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;

/** The checks of one pull request, page by page. */
interface Reading {
  readonly pending: PendingChecks;
  readonly checks: CheckFact[];
  checkState: CheckState | null;
  /** Where to read on; null at the end. */
  cursor: string | null;
  /** False once it turned out that it cannot be read now. */
  isWhole: boolean;
}

/**
 * Reads checks again that were not over when their pull request was last read: their end does not change when the pull
 * request was updated. The stage's cursor is the last pull request that was read.
 */
export function createReadCheckRuns(context: StageContext): StageReader {
  return (run) =>
    takeSteps(context, run, STAGE, async (planning) => {
      const stage = await openStage(planning, run, STAGE);
      if (stage === null) {
        return null;
      }
      const pending = await readPendingChecks(planning, {
        ...run,
        since: new Date(context.now().getTime() - MAX_AGE_MS),
        after: BigInt(stage.cursor ?? 0),
        limit: PULL_REQUESTS_PER_REQUEST,
      });
      const last = pending.at(-1);
      if (last === undefined) {
        return null;
      }
      return async (ask) => {
        const slot = await readAll(ask, run, pending);
        if (!slot.ready) {
          return slot;
        }
        const { readings, rejected } = slot.answer;
        return {
          ready: true,
          answer: async (tx) => {
            const to = String(last.pullRequestId);
            const move = { from: stage.cursor, to, newestSeenAt: null };
            if (await advanceStage(tx, run, STAGE, move)) {
              const whole = readings.filter(({ isWhole }) => isWhole);
              await storeChecks(
                tx,
                run.teamId,
                whole.map((reading) => ({
                  ...reading,
                  pullRequestId: reading.pending.pullRequestId,
                })),
              );
              const readable = whole.map((reading) => BigInt(reading.pending.number));
              await storeStageDeadLetters(tx, {
                ...run,
                stage: STAGE,
                rejected,
                readable,
              });
            }
            return 'MORE';
          },
        };
      };
    });
}

/** Reads the checks of all to their end, those with more than a page of them by further requests. */
async function readAll(
  ask: AskStage,
  run: StageRun,
  pending: readonly PendingChecks[],
): Promise<
  RequestSlot<{ readonly readings: readonly Reading[]; readonly rejected: RejectedFact[] }>
> {
  const readings = pending.map((one): Reading => ({
    pending: one,
    checks: [],
    checkState: null,
    cursor: '',
    isWhole: true,
  }));
  const rejected: RejectedFact[] = [];
  for (;;) {
    const open = readings.filter(({ cursor }) => cursor !== null);
    if (open.length === 0) {
      return { ready: true, answer: { readings, rejected } };
    }
    const slot = await ask('graphql', async (github) => {
      const { answers, quota } = await github.fetchNestedPages(
        run.repository,
        open.map(({ pending: { number, githubId }, cursor }) => ({
          list: 'CHECKS',
          cursor: cursor ?? '',
          number,
          githubId,
        })),
      );
      return { answer: answers, quota };
    });
    if (!slot.ready) {
      return slot;
    }
    for (const [index, reading] of open.entries()) {
      const answer = slot.answer[index];
      reading.cursor = null;
      if (answer?.kind === 'PAGE') {
        const checks = answer.page.facts.checks ?? [];
        reading.cursor = answer.page.nextCursor;
        reading.checkState = answer.page.checkState;
        reading.checks.push(...checks);
        // The branch was pushed to between two pages: they are of two heads, and the next sync reads the new one.
        const [first] = reading.checks;
        reading.isWhole &&= checks.every(({ headSha }) => headSha === first?.headSha);
      } else {
        reading.isWhole = false;
      }
      if (answer?.kind === 'UNREADABLE' || answer?.kind === 'NOT_TOLD') {
        const naturalKey = String(reading.pending.number);
        rejected.push({ naturalKey, reasonCode: 'UNREADABLE', reason: answer.reason });
      }
    }
  }
}
