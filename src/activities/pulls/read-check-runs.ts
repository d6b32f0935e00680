import { readPendingChecks, storeChecks, type PendingChecks } from '../../db/pulls/check-runs.ts';
import { storeStageDeadLetters } from '../../db/sync/stage-dead-letters.ts';
import type {
  CheckFact,
  CheckState,
  GapFact,
  RejectedFact,
} from '../../domain/pulls/github-facts.ts';
import { takeSteps, type AskStage } from '../stages/stage-steps.ts';
import type { StageReader, StageRun } from '../stages/sync-stage.ts';

const STAGE = 'CHECK_RUNS';

/** Pull requests a request: with a hundred checks each they are far below GitHub's limit of nodes. */
const PULL_REQUESTS_PER_REQUEST = 25;

/** A check that has not ended by then will not: its runner is lost, or nobody is left to report. */
const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;

/** The checks of one pull request, page by page. */
interface Reading extends PendingChecks {
  readonly checks: CheckFact[];
  readonly gaps: GapFact[];
  checkState: CheckState | null;
  checkStateRaw: string | null;
  /** Where to read on; null at the end. */
  cursor: string | null;
  /** False once it turned out that it cannot be read now. */
  isWhole: boolean;
}

/**
 * Reads checks again that were not over when their pull request was last read: their end does not change when the pull
 * request was updated. The stage's cursor is the last pull request that was read.
 */
export const readCheckRuns: StageReader = (context, run) =>
  takeSteps(context, run, STAGE, async (planning, { cursor }) => {
    const pending = await readPendingChecks(planning, {
      ...run,
      since: new Date(context.now().getTime() - MAX_AGE_MS),
      after: BigInt(cursor ?? 0),
      limit: PULL_REQUESTS_PER_REQUEST,
    });
    const last = pending.at(-1);
    if (last === undefined) {
      return null;
    }
    return async (ask) => {
      const { readings, rejected } = await readAll(ask, run, pending);
      context.logUnknownWords(readings.flatMap(({ gaps }) => gaps));
      return {
        to: String(last.pullRequestId),
        async store(tx) {
          const whole = readings.filter(({ isWhole }) => isWhole);
          await storeChecks(tx, run.teamId, whole);
          const readable = whole.map(({ number }) => BigInt(number));
          await storeStageDeadLetters(tx, { ...run, stage: STAGE, rejected, readable });
        },
      };
    };
  });

/** Reads the checks of all to their end, those with more than a page of them by further requests. */
async function readAll(
  ask: AskStage,
  run: StageRun,
  pending: readonly PendingChecks[],
): Promise<{ readonly readings: readonly Reading[]; readonly rejected: readonly RejectedFact[] }> {
  const readings = pending.map((one): Reading => ({
    ...one,
    checks: [],
    gaps: [],
    checkState: null,
    checkStateRaw: null,
    cursor: '',
    isWhole: true,
  }));
  const rejected: RejectedFact[] = [];
  for (;;) {
    const open = readings.filter(({ cursor }) => cursor !== null);
    if (open.length === 0) {
      return { readings, rejected };
    }
    const lists = open.map(({ number, githubId, cursor }) => ({
      list: 'CHECKS' as const,
      cursor: cursor ?? '',
      number,
      githubId,
    }));
    const { answers } = await ask('graphql', (github) =>
      github.fetchNestedPages(run.repository, lists),
    );
    for (const [index, reading] of open.entries()) {
      const answer = answers[index];
      reading.cursor = null;
      if (answer?.kind === 'PAGE') {
        const checks = answer.page.facts.checks ?? [];
        reading.cursor = answer.page.nextCursor;
        reading.checkState = answer.page.checkState;
        reading.checkStateRaw = answer.page.checkStateRaw;
        reading.checks.push(...checks);
        reading.gaps.push(...answer.page.facts.gaps);
        // The branch was pushed to between two pages: they are of two heads, and the next sync reads the new one.
        const [first] = reading.checks;
        reading.isWhole &&= checks.every(({ headSha }) => headSha === first?.headSha);
      } else {
        reading.isWhole = false;
      }
      if (answer?.kind === 'UNREADABLE' || answer?.kind === 'NOT_TOLD') {
        const naturalKey = String(reading.number);
        rejected.push({ naturalKey, reasonCode: 'UNREADABLE', reason: answer.reason });
      }
    }
  }
}
