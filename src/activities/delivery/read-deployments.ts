import type { DbTransaction } from '../../db/core/client.ts';
import { storeStageDeadLetters } from '../../db/sync/stage-dead-letters.ts';
import {
  setRangeUnavailable,
  deadLetterRange,
  planComparisons,
  planDeadLetteredRanges,
  readDeploymentsToCompare,
  readChangingSince,
  resolveRange,
  storeDeployments,
  storeRangePage,
} from '../../db/delivery/deployments.ts';
import { advanceStage, openStage, type OpenStage } from '../../db/sync/repository-stages.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { DeploymentFact } from '../../domain/delivery/delivery-facts.ts';
import type { RangePage } from '../../github/delivery/compare.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import { withStatuses, type DeploymentPage } from '../../github/delivery/deployments.ts';
import type { RequestSlot } from '../requests/request-slot.ts';
import {
  takeSteps,
  type AskStage,
  type CommitStep,
  type StageStep,
} from '../stages/stage-steps.ts';
import type { StageContext, StageReader, StageRun } from '../stages/sync-stage.ts';

const STAGE = 'DEPLOYMENTS';

/** How long the state of a deployment may still change: an older one is not read again. */
const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Begins the stage's cursor once all deployments are listed: `ranges <deployment>:<page>:<tries>` names the next page,
 * and how often it was tried in vain.
 */
const RANGES = 'ranges ';

/** Tries of a page of a range: GitHub gives up on the largest differences. */
const MAX_TRIES = 4;

/** Pause after the first try of a range; each further pause is twice as long, and the worker is free meanwhile. */
const PAUSE_MS = 5_000;

/**
 * Reads deployments, newest first, and then the commits that each brought: those that its environment's last successful
 * deployment did not have. Which pull requests a deployment contains follows from its commits and from nothing else.
 */
export function createReadDeployments(context: StageContext): StageReader {
  return (run) =>
    takeSteps(context, run, STAGE, async (tx) => {
      const stage = await openStage(tx, run, STAGE);
      if (stage === null) {
        return null;
      }
      return stage.cursor?.startsWith(RANGES) === true
        ? planRange(tx, context, run, stage.cursor)
        : planPage(tx, context, run, stage);
    });
}

async function planPage(
  planning: DbTransaction,
  context: StageContext,
  run: StageRun,
  stage: OpenStage,
): Promise<StageStep> {
  const recent = new Date(context.now().getTime() - MAX_AGE_MS);
  const changing = await readChangingSince(planning, run, recent);
  const floor = changing !== null && changing < stage.from ? changing : stage.from;
  return async (ask) => {
    const slot = await readPage(ask, run, stage.cursor);
    if (!slot.ready) {
      return slot;
    }
    const { deployments, rejected, nextCursor } = slot.answer;
    return {
      ready: true,
      answer: async (tx) => {
        // The newest of all is stored however old it is: the next sync sees by it that there is nothing new.
        const wanted = deployments.filter(
          ({ createdAt }, index) => createdAt >= floor || (stage.cursor === null && index === 0),
        );
        const isBeyond = deployments.some(({ createdAt }) => createdAt < floor);
        const isLast = nextCursor === null || isBeyond;
        const to = isLast ? `${RANGES}0:1` : nextCursor;
        // Newest first: the first of a page is its newest.
        const newestSeenAt = deployments[0]?.createdAt ?? null;
        if (await advanceStage(tx, run, STAGE, { from: stage.cursor, to, newestSeenAt })) {
          await storeDeployments(tx, run, wanted, context.now());
          const readable = wanted.map(({ githubId }) => githubId);
          await storeStageDeadLetters(tx, { ...run, stage: STAGE, rejected, readable });
          if (isLast) {
            await planDeadLetteredRanges(tx, run);
            await planComparisons(tx, run);
          }
        }
        return 'MORE';
      },
    };
  };
}

/** A page of deployments, each with all of its statuses. */
async function readPage(
  ask: AskStage,
  run: StageRun,
  after: string | null,
): Promise<
  RequestSlot<
    Omit<DeploymentPage, 'deployments'> & { readonly deployments: readonly DeploymentFact[] }
  >
> {
  const slot = await ask('graphql', (github) =>
    github.deployments.fetchPage(run.repository, after),
  );
  if (!slot.ready) {
    return slot;
  }
  const deployments: DeploymentFact[] = [];
  for (const { fact, more } of slot.answer.deployments) {
    let whole = fact;
    let cursor = more?.cursor ?? null;
    while (more !== null && cursor !== null) {
      const at = cursor;
      const rest = await ask('graphql', (github) =>
        github.deployments.fetchStatuses(more.nodeId, at),
      );
      if (!rest.ready) {
        return rest;
      }
      whole = withStatuses(whole, rest.answer);
      cursor = rest.answer.nextCursor;
    }
    deployments.push(whole);
  }
  return { ready: true, answer: { ...slot.answer, deployments } };
}

/** The next page of the range that is read, which is of the first deployment that is still to be compared. */
async function planRange(
  planning: DbTransaction,
  context: StageContext,
  run: StageRun,
  cursor: string,
): Promise<StageStep | null> {
  const [planned] = await readDeploymentsToCompare(planning, run, 1);
  if (planned === undefined) {
    return null;
  }
  const parts = cursor.split(':');
  // The deployment that the cursor is in may be gone: the next one is read from its start.
  const isBegun = parts[0] === `${RANGES}${planned.deploymentId}`;
  const [page = 1, tries = 0] = isBegun ? parts.slice(1).map(Number) : [];
  return async (ask) => {
    let slot: RequestSlot<RangePage>;
    try {
      slot = await ask('core', (github) =>
        github.compare.fetchPage({ ...planned, repository: run.repository, page }),
      );
    } catch (error) {
      const isTransient = error instanceof GitHubFailure && error.kind === 'TRANSIENT';
      if (isTransient && tries + 1 < MAX_TRIES) {
        const to = `${RANGES}${planned.deploymentId}:${page}:${tries + 1}`;
        await withTeam(context.db, run.teamId, (tx) =>
          advanceStage(tx, run, STAGE, { from: cursor, to, newestSeenAt: null }),
        );
        // An answer, not an error: a run has as many attempts as all of its ranges need.
        const until = new Date(context.now().getTime() + PAUSE_MS * 2 ** tries);
        return { ready: false, until, reason: error.message };
      }
      if (isTransient || (error instanceof GitHubFailure && error.kind === 'UNEXPECTED')) {
        const { deploymentId } = planned;
        return giveUpRange(ask, run, cursor, { deploymentId, reason: error.message, isTransient });
      }
      throw error;
    }
    if (!slot.ready) {
      return slot;
    }
    const range = slot.answer;
    return {
      ready: true,
      answer: async (tx) => {
        const isLast = range.state === 'UNAVAILABLE' || !range.hasNextPage;
        const { deploymentId } = planned;
        const to = `${RANGES}${deploymentId}:${isLast ? 1 : page + 1}`;
        const key = { teamId: run.teamId, deploymentId };
        if (await advanceStage(tx, run, STAGE, { from: cursor, to, newestSeenAt: null })) {
          await (range.state === 'UNAVAILABLE'
            ? setRangeUnavailable(tx, key, range.reason)
            : storeRangePage(tx, key, range.shas, isLast));
          if (isLast) {
            await resolveRange(tx, { ...key, repositoryId: run.repositoryId });
          }
        }
        return 'MORE';
      },
    };
  };
}

/**
 * Skips a range that GitHub does not compare although it answers, so that later ranges are read.
 * @param range transient where it may be compared another time, else GitHub has refused it
 */
async function giveUpRange(
  ask: AskStage,
  run: StageRun,
  cursor: string,
  range: {
    readonly deploymentId: bigint;
    readonly reason: string;
    readonly isTransient: boolean;
  },
): Promise<RequestSlot<CommitStep>> {
  const { deploymentId, reason, isTransient } = range;
  const probe = await ask('graphql', async (github) => {
    const { quota } = await github.lookUpRepository(run.repository);
    return { answer: null, quota };
  });
  if (!probe.ready) {
    return probe;
  }
  return {
    ready: true,
    answer: async (tx) => {
      const to = `${RANGES}${deploymentId}:1`;
      if (await advanceStage(tx, run, STAGE, { from: cursor, to, newestSeenAt: null })) {
        const { teamId, repositoryId } = run;
        const key = { teamId, repositoryId, deploymentId };
        await setRangeUnavailable(tx, key, reason);
        await (isTransient ? deadLetterRange(tx, key, reason) : resolveRange(tx, key));
      }
      return 'MORE';
    },
  };
}
