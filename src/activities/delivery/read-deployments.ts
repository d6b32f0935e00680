import type { DbTransaction } from '../../db/core/client.ts';
import { storeStageDeadLetters } from '../../db/sync/stage-dead-letters.ts';
import {
  setRangeUnavailable,
  deadLetterRange,
  planComparisons,
  planDeadLetteredRanges,
  readDeploymentsToCompare,
  readChangingSince,
  resolveRanges,
  storeDeployments,
  storeRangePage,
} from '../../db/delivery/deployments.ts';
import { advanceStage, type OpenStage } from '../../db/sync/repository-stages.ts';
import { growStagePage } from '../../db/sync/stage-page-size.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { DeploymentFact } from '../../domain/delivery/delivery-facts.ts';
import type { RepositoryName } from '../../domain/sync/repository-name.ts';
import type { RejectedFact } from '../../domain/pulls/github-facts.ts';
import { isFailure, type GitHubFailure } from '../../github/transport/failures.ts';
import {
  DEPLOYMENT_DETAILS,
  LARGEST_DEPLOYMENT_PAGE,
  withStatuses,
  type ListedDeployment,
  type StatusAnswer,
} from '../../github/delivery/deployments.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { RetryAfter } from '../core/retry-after.ts';
import {
  takeSteps,
  type AskStage,
  type StageProgress,
  type StageStep,
} from '../stages/stage-steps.ts';
import type { StageReader, StageRun } from '../stages/sync-stage.ts';
import { askStagePage, planStagePages } from '../stages/stage-pages.ts';
import { HISTORY } from './history-cursor.ts';
import { LoadedHistory } from './loaded-history.ts';
import { planHistory, startHistory } from './read-history.ts';
import { takeNewest } from './newest-first.ts';

const STAGE = 'DEPLOYMENTS';

/** Further statuses of one deployment: beyond, the list does not end by itself. */
const MAX_STATUSES = 5_000;

/** Statuses of one deployment that are asked for at a time, and those where GitHub does not answer so many. */
const STATUSES = 100;
const FEW_STATUSES = 10;

/** How long the state of a deployment may still change: an older one is not read again. */
const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Begins the stage's cursor once all deployments are listed and history has told what it can: `ranges
 * <deployment>:<page>:<tries>` names the next page, and how often it was tried in vain.
 */
const RANGES = 'ranges ';

/** The cursor of a stage that begins to compare. */
const COMPARING = `${RANGES}0:1`;

/** Begins the stage's cursor while deployments are listed; GitHub's own, which may be any text, follows. */
const LIST = 'list ';

/** Tries of a page of a range: GitHub gives up on the largest differences. */
const MAX_TRIES = 4;

/** Pause after the first try of a range; each further pause is twice as long, and the worker is free meanwhile. */
const PAUSE_MS = 5_000;

/**
 * Reads deployments, newest first, and then the commits that each brought: those that its environment's last successful
 * deployment did not have. Which pull requests a deployment contains follows from its commits and from nothing else.
 */
export const readDeployments: StageReader = (context, run) => {
  const known = new LoadedHistory(run);
  return takeSteps(context, run, STAGE, async (tx, stage) => {
    const { cursor } = stage;
    if (cursor?.startsWith(HISTORY) === true) {
      const step = await planHistory(tx, { context, run, known, comparing: COMPARING }, cursor);
      return step ?? planRange(tx, context, run, cursor);
    }
    return cursor?.startsWith(RANGES) === true
      ? planRange(tx, context, run, cursor)
      : planPage(tx, context, run, stage);
  });
};

async function planPage(
  planning: DbTransaction,
  context: GitHubContext,
  run: StageRun,
  stage: OpenStage,
): Promise<StageStep> {
  const recent = new Date(context.now().getTime() - MAX_AGE_MS);
  const changing = await readChangingSince(planning, run, recent);
  const { cursor } = stage;
  // Before this prefix there was GitHub's cursor alone: a stage may have been begun with that.
  const after = cursor?.startsWith(LIST) === true ? cursor.slice(LIST.length) : cursor;
  const pages = await planStagePages(planning, run, STAGE, LARGEST_DEPLOYMENT_PAGE);
  return async (ask) => {
    const { repository } = run;
    const { answer, size } = await askStagePage(
      context,
      run,
      { ...pages, details: DEPLOYMENT_DETAILS },
      (first, detail) =>
        ask('graphql', (github) =>
          github.deployments.fetchPage({ repository, first, after, detail }),
        ),
    );
    const { nextCursor } = answer;
    context.logUnknownWords(
      answer.deployments.map(({ fact }) => ({ field: 'deployment.state', word: fact.stateRaw })),
    );
    const { deployments, ...read } = await withAllStatuses(ask, repository, answer.deployments);
    const rejected = [...answer.rejected, ...read.rejected];
    const { wanted, isBeyond, newestSeenAt } = takeNewest(deployments, stage, changing);
    const isLast = nextCursor === null || isBeyond;
    return {
      to: isLast ? startHistory() : `${LIST}${nextCursor}`,
      newestSeenAt,
      async store(tx) {
        if (nextCursor !== null) {
          await growStagePage(tx, run, pages, size);
        }
        await storeDeployments(tx, run, wanted, context.now());
        const readable = wanted.map(({ githubId }) => githubId);
        await storeStageDeadLetters(tx, { ...run, stage: STAGE, rejected, readable });
        if (isLast) {
          await planDeadLetteredRanges(tx, run);
          await planComparisons(tx, run);
        }
      },
    };
  };
}

/** Deployments of a page, each with all of its statuses; one whose statuses cannot be read is rejected alone. */
async function withAllStatuses(
  ask: AskStage,
  repository: RepositoryName,
  page: readonly ListedDeployment[],
): Promise<{ readonly deployments: DeploymentFact[]; readonly rejected: RejectedFact[] }> {
  const deployments: DeploymentFact[] = [];
  const rejected: RejectedFact[] = [];
  for (const { fact, more } of page) {
    const answer = await readAllStatuses(ask, repository, fact, more);
    if ('reason' in answer) {
      rejected.push({ naturalKey: String(fact.githubId), ...answer });
    } else {
      deployments.push(answer.whole);
    }
  }
  return { deployments, rejected };
}

async function readAllStatuses(
  ask: AskStage,
  repository: RepositoryName,
  fact: DeploymentFact,
  more: ListedDeployment['more'],
): Promise<{ readonly whole: DeploymentFact } | Pick<RejectedFact, 'reasonCode' | 'reason'>> {
  let whole = fact;
  let cursor = more?.cursor ?? null;
  let first = STATUSES;
  for (let read = 0; more !== null && cursor !== null; read += first) {
    const after = cursor;
    if (read >= MAX_STATUSES) {
      const reason = `statuses: it has more than ${MAX_STATUSES / STATUSES} pages of statuses.`;
      return { reasonCode: 'UNREADABLE', reason };
    }
    const asked = await askForStatuses(ask, repository, { nodeId: more.nodeId, after, first });
    if (asked === null) {
      const reason = `statuses: GitHub could not answer for ${FEW_STATUSES} of them in time.`;
      return { reasonCode: 'TOO_HEAVY', reason };
    }
    const { answer } = asked;
    first = asked.first;
    if (answer.kind === 'UNREADABLE') {
      return { reasonCode: 'UNREADABLE', reason: answer.reason };
    }
    whole = withStatuses(whole, answer.times);
    cursor = answer.nextCursor;
  }
  return { whole };
}

/**
 * Asks for the next statuses of a deployment, for fewer where they are too many for GitHub.
 * @returns null where it answers, and not for few statuses of this deployment
 */
async function askForStatuses(
  ask: AskStage,
  repository: RepositoryName,
  { nodeId, after, first }: { nodeId: string; after: string; first: number },
): Promise<{ readonly answer: StatusAnswer; readonly first: number } | null> {
  try {
    const { answer } = await ask('graphql', (github) =>
      github.deployments.fetchStatuses(nodeId, after, first),
    );
    return { answer, first };
  } catch (error) {
    if (!isFailure(error, 'TRANSIENT') || !error.isTooHeavy) {
      throw error;
    }
    if (first > FEW_STATUSES) {
      return askForStatuses(ask, repository, { nodeId, after, first: FEW_STATUSES });
    }
    await ask('graphql', (github) => github.lookUpRepository(repository));
    return null;
  }
}

/** The next page of the range that is read, which is of the first deployment that is still to be compared. */
async function planRange(
  planning: DbTransaction,
  context: GitHubContext,
  run: StageRun,
  cursor: string,
): Promise<StageStep | null> {
  const [planned] = await readDeploymentsToCompare(planning, run, 1);
  if (planned === undefined) {
    return null;
  }
  const { teamId, repository, repositoryId, syncRunId } = run;
  const { deploymentId } = planned;
  const parts = cursor.split(':');
  // The deployment that the cursor is in may be gone: the next one is read from its start.
  const isBegun = parts[0] === `${RANGES}${deploymentId}`;
  const [page = 1, tries = 0] = isBegun ? parts.slice(1).map(Number) : [];
  const key = { teamId, repositoryId, syncRunId, deploymentId };
  return async (ask) => {
    try {
      const { answer: range } = await ask('core', (github) =>
        github.compare.fetchPage({ ...planned, repository, page }),
      );
      const isLast = range.state === 'UNAVAILABLE' || !range.hasNextPage;
      return {
        to: `${RANGES}${deploymentId}:${isLast ? 1 : page + 1}`,
        async store(tx) {
          await (range.state === 'UNAVAILABLE'
            ? setRangeUnavailable(tx, key, range.reason)
            : storeRangePage(tx, key, range.shas, isLast));
          if (isLast) {
            await resolveRanges(tx, key, [deploymentId]);
          }
        },
      };
    } catch (error) {
      if (isFailure(error, 'TRANSIENT') && tries + 1 < MAX_TRIES) {
        const to = `${RANGES}${deploymentId}:${page}:${tries + 1}`;
        await withTeam(context.db, teamId, (tx) =>
          advanceStage(tx, run, STAGE, { from: cursor, to, newestSeenAt: null }),
        );
        // A wait, not an error: a run has as many attempts as all of its ranges need.
        throw new RetryAfter(
          new Date(context.now().getTime() + PAUSE_MS * 2 ** tries),
          error.message,
        );
      }
      if (isFailure(error, 'TRANSIENT', 'UNEXPECTED')) {
        await ask('graphql', (github) => github.lookUpRepository(repository));
        return giveUpRange(key, error);
      }
      throw error;
    }
  };
}

/**
 * Skips a range that GitHub does not compare although it answers, so that later ranges are read. Where it is transient,
 * the range may be compared another time, else GitHub has refused it.
 */
function giveUpRange(
  key: Parameters<typeof deadLetterRange>[1],
  { kind, message }: GitHubFailure,
): StageProgress {
  return {
    to: `${RANGES}${key.deploymentId}:1`,
    async store(tx) {
      await setRangeUnavailable(tx, key, message);
      await (kind === 'TRANSIENT'
        ? deadLetterRange(tx, key, message)
        : resolveRanges(tx, key, [key.deploymentId]));
    },
  };
}
