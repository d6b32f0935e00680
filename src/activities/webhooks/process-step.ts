import { readDueStages, setStagesDue } from '../../db/sync/repository-stages.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import {
  closeDeliveries,
  type DeliveryEnd,
  type WebhookConnectionKey,
} from '../../db/webhooks/webhook-deliveries.ts';
import {
  findRepositoriesByGithubId,
  type TargetRepository,
} from '../../db/webhooks/webhook-targets.ts';
import { stageOf } from '../../domain/webhooks/webhook-delivery.ts';
import { createStorePullRequestsByNumber } from '../pulls/store-by-number.ts';
import { createRefreshRepository } from '../requests/refresh-repository.ts';
import type { RequestSlot } from '../requests/request-slot.ts';
import type { StageContext } from '../stages/sync-stage.ts';
import { changeInstallation } from './change-installation.ts';
import type { DeliveryStep } from './delivery-steps.ts';

const UNKNOWN_REPOSITORY: DeliveryEnd = {
  state: 'IGNORED',
  reason: 'The repository is not synced: start a backfill of it.',
};

const DONE: DeliveryEnd = { state: 'PROCESSED', reason: null };

/** What is left to do once a step was processed. */
export interface ProcessedStep {
  /** The repository whose due stages must be synced now; null when none has to be. */
  readonly repositoryToSync: bigint | null;
}

const NOTHING_TO_SYNC = { ready: true, answer: { repositoryToSync: null } } as const;

/**
 * Processes one step of deliveries. Facts are committed before their deliveries are closed: after a kill in between the
 * step is done again, which changes nothing.
 */
export function createProcessStep(
  context: StageContext,
): (key: WebhookConnectionKey, step: DeliveryStep) => Promise<RequestSlot<ProcessedStep>> {
  const { db } = context;
  const refreshRepository = createRefreshRepository(context);
  const readPullRequestsAgain = createReadPullRequestsAgain(context);

  /** Looks repositories up by their GitHub ids and updates their rows. */
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

  return async (key, step) => {
    const { topic, deliveries } = step;
    const { teamId } = key;
    const close = (end: DeliveryEnd): Promise<void> =>
      withTeam(db, teamId, (tx) => closeDeliveries(tx, key, deliveries, end));
    if (topic === 'INSTALLATION') {
      await withTeam(db, teamId, (tx) => changeInstallation(tx, key, deliveries));
      return NOTHING_TO_SYNC;
    }
    const named = deliveries.flatMap(({ subject }) =>
      topic === 'INSTALLATION_REPOSITORIES' ? subject.repositories : (subject.repository ?? []),
    );
    const targets = await withTeam(db, teamId, (tx) =>
      findRepositoriesByGithubId(tx, teamId, [...new Set(named)]),
    );
    const [target] = targets;
    if (target === undefined) {
      await close(UNKNOWN_REPOSITORY);
      return NOTHING_TO_SYNC;
    }
    if (topic === 'REPOSITORY' || topic === 'INSTALLATION_REPOSITORIES') {
      const slot = await refreshAll(teamId, targets);
      if (slot.ready) {
        await close(DONE);
      }
      return slot.ready ? NOTHING_TO_SYNC : slot;
    }
    const repositoryKey = { teamId, repositoryId: target.id };
    const slot: RequestSlot<DeliveryEnd> =
      topic === 'PULL_REQUESTS'
        ? await readPullRequestsAgain(repositoryKey, step.numbers)
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
    // A pull request does not count without its long lists; other stages can wait for the hourly sync.
    const isUrgent = due.some((stage) => stage === 'NESTED_LISTS' || stages.includes(stage));
    return { ready: true, answer: { repositoryToSync: isUrgent ? target.id : null } };
  };
}

/** Reads the pull requests again that deliveries of one repository are about; answers how these deliveries end. */
function createReadPullRequestsAgain(
  context: StageContext,
): (
  key: { readonly teamId: bigint; readonly repositoryId: bigint },
  numbers: readonly number[],
) => Promise<RequestSlot<DeliveryEnd>> {
  const storePullRequestsByNumber = createStorePullRequestsByNumber(context);
  return async (key, numbers) => {
    if (numbers.length === 0) {
      const reason = 'No open pull request has this head.';
      return { ready: true, answer: { state: 'IGNORED', reason } };
    }
    const slot = await storePullRequestsByNumber({ ...key, numbers, priority: 'BACKGROUND' });
    return slot.ready ? { ready: true, answer: DONE } : slot;
  };
}
