import type { WebhookActivities } from '../../contracts/webhooks.ts';
import { setStagesDue, readDueStages } from '../../db/sync/repository-stages.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import {
  closeDeliveries,
  countFailedAttempt,
  readWaitingDeliveries,
  type DeliveryEnd,
  type WaitingDelivery,
  type WebhookConnectionKey,
} from '../../db/webhooks/webhook-deliveries.ts';
import {
  findOpenHeads,
  findRepositoriesByGithubId,
  type OpenHead,
  type TargetRepository,
} from '../../db/webhooks/webhook-targets.ts';
import { isDomainError } from '../../domain/core/errors.ts';
import { stageOf, topicOf, type WebhookTopic } from '../../domain/webhooks/webhook-delivery.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { RequestSlot } from '../requests/request-slot.ts';
import { changeInstallation } from './change-installation.ts';
import { createRefreshRepository } from '../requests/refresh-repository.ts';
import { createStorePullRequestsByNumber, NUMBERS_PER_REQUEST } from '../pulls/store-by-number.ts';
import type { StageContext } from '../stages/sync-stage.ts';

/** Deliveries that are looked at together: those of one repository become one request. */
const DELIVERIES_PER_READ = 100;

/** Steps of one activity: each is a request or two, so that a worker that dies loses little. */
const STEPS_PER_ACTIVITY = 10;

/** After so many failures in a row a delivery is given up: the next incremental walk brings what it told of. */
const MAX_ATTEMPTS = 5;

const UNKNOWN_REPOSITORY: DeliveryEnd = {
  state: 'IGNORED',
  reason: 'The repository is not synced: start a backfill of it.',
};

const DONE: DeliveryEnd = { state: 'PROCESSED', reason: null };

/** Deliveries that are done together: of one topic, and of one repository where they concern one. */
interface Step {
  readonly topic: WebhookTopic;
  readonly deliveries: readonly WaitingDelivery[];
  /** Of the pull requests that they are about. */
  readonly numbers: readonly number[];
}

/** Processes the deliveries of a connection, a step at a time; what a step did is committed with its deliveries. */
export function createProcessDeliveries(
  context: StageContext,
): WebhookActivities['processDeliveries'] {
  const { db } = context;
  const refreshRepository = createRefreshRepository(context);
  const storePullRequestsByNumber = createStorePullRequestsByNumber(context);

  const close = (
    key: WebhookConnectionKey,
    deliveries: readonly WaitingDelivery[],
    end: DeliveryEnd,
  ): Promise<void> => withTeam(db, key.teamId, (tx) => closeDeliveries(tx, key, deliveries, end));

  /**
   * What is done first: whatever the oldest delivery asks for, with all others that ask for the same; about pull requests
   * as much as one request answers, so that a limit behind it leaves it done.
   */
  async function nextStep(key: WebhookConnectionKey): Promise<Step | null> {
    const { teamId } = key;
    return withTeam(db, teamId, async (tx) => {
      const step = gather(await readWaitingDeliveries(tx, key, DELIVERIES_PER_READ));
      if (step?.topic !== 'PULL_REQUESTS') {
        return step;
      }
      const subjects = step.deliveries.map(({ subject }) => subject);
      const named = subjects.flatMap(({ repository }) => repository ?? []);
      const [target] = await findRepositoriesByGithubId(tx, teamId, named.slice(0, 1));
      if (target === undefined) {
        return step;
      }
      const heads = {
        branches: subjects.flatMap(({ branches }) => branches),
        commits: subjects.flatMap(({ commits }) => commits),
      };
      const open = await findOpenHeads(tx, { teamId, repositoryId: target.id }, heads);
      return narrow(step, open);
    });
  }

  /** Looks repositories up by their numbers and lets their rows follow. */
  async function refreshAll(
    teamId: bigint,
    targets: readonly TargetRepository[],
  ): Promise<RequestSlot<null>> {
    for (const { id: repositoryId } of targets) {
      const slot = await refreshRepository({
        teamId,
        repositoryId,
        priority: 'BACKGROUND',
        isForced: true,
      });
      if (!slot.ready) {
        return slot;
      }
    }
    return { ready: true, answer: null };
  }

  /** Reads the pull requests again that deliveries of one repository are about; how the deliveries end with it. */
  async function reread(
    { teamId }: WebhookConnectionKey,
    repositoryId: bigint,
    numbers: readonly number[],
  ): Promise<RequestSlot<DeliveryEnd>> {
    if (numbers.length === 0) {
      const reason = 'No open pull request has this head.';
      return { ready: true, answer: { state: 'IGNORED', reason } };
    }
    const slot = await storePullRequestsByNumber({
      teamId,
      repositoryId,
      numbers,
      priority: 'BACKGROUND',
    });
    return slot.ready ? { ready: true, answer: DONE } : slot;
  }

  /**
   * Takes one step. Facts are committed before their deliveries are closed: a kill in between does the step again, which
   * changes nothing. Names the repository when a walk is to read what is due in it.
   */
  async function take(
    key: WebhookConnectionKey,
    { topic, deliveries, numbers }: Step,
  ): Promise<RequestSlot<{ readonly repositoryToSync: bigint | null }>> {
    const { teamId } = key;
    const nothingToSync = { ready: true, answer: { repositoryToSync: null } } as const;
    if (topic === 'INSTALLATION') {
      await withTeam(db, teamId, (tx) => changeInstallation(tx, key, deliveries));
      return nothingToSync;
    }
    const named = deliveries.flatMap(({ subject }) =>
      topic === 'INSTALLATION_REPOSITORIES' ? subject.repositories : (subject.repository ?? []),
    );
    const targets = await withTeam(db, teamId, (tx) =>
      findRepositoriesByGithubId(tx, teamId, [...new Set(named)]),
    );
    const [target] = targets;
    if (target === undefined) {
      await close(key, deliveries, UNKNOWN_REPOSITORY);
      return nothingToSync;
    }
    if (topic === 'REPOSITORY' || topic === 'INSTALLATION_REPOSITORIES') {
      const slot = await refreshAll(teamId, targets);
      if (slot.ready) {
        await close(key, deliveries, DONE);
      }
      return slot.ready ? nothingToSync : slot;
    }
    const repositoryKey = { teamId, repositoryId: target.id };
    const slot: RequestSlot<DeliveryEnd> =
      topic === 'PULL_REQUESTS'
        ? await reread(key, target.id, numbers)
        : { ready: true, answer: DONE };
    if (!slot.ready) {
      return slot;
    }
    const stages = deliveries.flatMap(({ event }) => stageOf(event) ?? []);
    const due = await withTeam(db, teamId, async (tx) => {
      await setStagesDue(tx, repositoryKey, [...new Set(stages)]);
      await closeDeliveries(tx, key, deliveries, slot.answer);
      return readDueStages(tx, repositoryKey);
    });
    // Without its long lists a pull request does not count; other stages can wait for the hourly walk.
    const isUrgent = due.some((stage) => stage === 'NESTED_LISTS' || stages.includes(stage));
    return { ready: true, answer: { repositoryToSync: isUrgent ? target.id : null } };
  }

  /** Counts a failed step. What may work when tried again is thrown, so that Temporal waits before it is. */
  async function fail(key: WebhookConnectionKey, step: Step, error: unknown): Promise<void> {
    const isKnown = error instanceof GitHubFailure || isDomainError(error);
    const isFinal =
      (error instanceof GitHubFailure && error.kind !== 'TRANSIENT') ||
      (isDomainError(error) && error.code === 'GITHUB_NOT_CONNECTED');
    const isTriedAgain = await withTeam(db, key.teamId, (tx) =>
      countFailedAttempt(tx, key, step.deliveries, {
        reason: isKnown
          ? error.message
          : 'It could not be processed: the log of the worker says why.',
        maxAttempts: isFinal ? 1 : MAX_ATTEMPTS,
      }),
    );
    if (isTriedAgain) {
      throw error;
    }
  }

  return async (input) => {
    const key = { teamId: BigInt(input.teamId), connectionId: BigInt(input.connectionId) };
    const repositoriesToSync = new Set<string>();
    let deliveries = 0;
    const answer = (more: boolean, wait: { until: Date; reason: string } | null) => ({
      deliveries,
      more,
      repositoriesToSync: [...repositoriesToSync],
      wait: wait === null ? null : { until: wait.until.toISOString(), reason: wait.reason },
    });
    for (let count = 0; count < STEPS_PER_ACTIVITY; count += 1) {
      const step = await nextStep(key);
      if (step === null) {
        return answer(false, null);
      }
      try {
        const slot = await take(key, step);
        if (!slot.ready) {
          return answer(true, slot);
        }
        if (slot.answer.repositoryToSync !== null) {
          repositoriesToSync.add(String(slot.answer.repositoryToSync));
        }
      } catch (error) {
        await fail(key, step, error);
      }
      deliveries += step.deliveries.length;
    }
    return answer(true, null);
  };
}

/** The oldest delivery with all others that ask for the same. */
function gather(waiting: readonly WaitingDelivery[]): Step | null {
  const [oldest] = waiting;
  if (oldest === undefined) {
    return null;
  }
  const topic = topicOf(oldest.event) ?? 'REPOSITORY';
  const deliveries = waiting.filter(
    ({ event, subject }) =>
      topicOf(event) === topicOf(oldest.event) && subject.repository === oldest.subject.repository,
  );
  return { topic, deliveries, numbers: [] };
}

/** The deliveries whose pull requests one request answers; the oldest in any case, with all that ask for no more. */
function narrow(step: Step, open: readonly OpenHead[]): Step {
  let numbers: ReadonlySet<number> = new Set();
  const deliveries = step.deliveries.filter(({ subject }) => {
    const heads = open.filter(
      ({ branch, sha }) =>
        subject.commits.includes(sha) || (branch !== null && subject.branches.includes(branch)),
    );
    const wanted = new Set([
      ...numbers,
      ...subject.pullRequests,
      ...heads.map(({ number }) => number),
    ]);
    const isTaken =
      numbers.size === 0 || wanted.size <= Math.max(numbers.size, NUMBERS_PER_REQUEST);
    if (isTaken) {
      numbers = wanted;
    }
    return isTaken;
  });
  return { topic: step.topic, deliveries, numbers: [...numbers] };
}
