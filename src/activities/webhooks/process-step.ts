import type { RepositoryKey } from '../../db/core/keys.ts';
import { readDueStages, setStagesDue } from '../../db/sync/repository-stages.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import {
  closeDeliveries,
  type DeliveryEnd,
  type WebhookConnectionKey,
} from '../../db/webhooks/webhook-deliveries.ts';
import { findRepositoriesByGithubId } from '../../db/webhooks/webhook-targets.ts';
import { stageOf } from '../../domain/webhooks/webhook-delivery.ts';
import { storePullRequestsByNumber } from '../pulls/store-by-number.ts';
import { refreshRepository } from '../requests/refresh-repository.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { changeInstallation } from './change-installation.ts';
import { changeMembers } from './change-members.ts';
import type { DeliveryStep } from './delivery-steps.ts';

const UNKNOWN_REPOSITORY: DeliveryEnd = {
  state: 'IGNORED',
  reason: 'The repository is not synced: start a backfill of it.',
};

const DONE: DeliveryEnd = { state: 'PROCESSED', reason: null };

/**
 * Processes one step of deliveries. Facts are committed before their deliveries are closed: after a kill in between the
 * step is done again, which changes nothing.
 * @returns the repository whose due stages must be synced now; null when none has to be
 * @throws what `withRequestSlot` throws
 */
export async function processStep(
  context: GitHubContext,
  key: WebhookConnectionKey,
  step: DeliveryStep,
): Promise<bigint | null> {
  const { db } = context;
  const { topic, deliveries } = step;
  const { teamId } = key;
  const close = (end: DeliveryEnd): Promise<void> =>
    withTeam(db, teamId, (tx) => closeDeliveries(tx, key, deliveries, end));
  if (topic === 'INSTALLATION') {
    await withTeam(db, teamId, (tx) => changeInstallation(tx, key, deliveries));
    return null;
  }
  if (topic === 'MEMBERS') {
    await withTeam(db, teamId, (tx) => changeMembers(tx, key, deliveries));
    return null;
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
    return null;
  }
  if (topic === 'REPOSITORY' || topic === 'INSTALLATION_REPOSITORIES') {
    for (const { id: repositoryId } of targets) {
      const ids = { teamId, repositoryId };
      await refreshRepository(context, { ...ids, priority: 'BACKGROUND', isForced: true });
    }
    await close(DONE);
    return null;
  }
  const repositoryKey = { teamId, repositoryId: target.id };
  const end =
    topic === 'PULL_REQUESTS'
      ? await readPullRequestsAgain(context, repositoryKey, step.numbers)
      : DONE;
  const stages = deliveries.flatMap(({ event }) => stageOf(event) ?? []);
  const due = await withTeam(db, teamId, async (tx) => {
    await setStagesDue(tx, repositoryKey, [...new Set(stages)]);
    await closeDeliveries(tx, key, deliveries, end);
    return readDueStages(tx, repositoryKey);
  });
  // A pull request does not count without its long lists; other stages can wait for the hourly sync.
  const isUrgent = due.some((stage) => stage === 'NESTED_LISTS' || stages.includes(stage));
  return isUrgent ? target.id : null;
}

/** Reads the pull requests again that deliveries of one repository are about; answers how these deliveries end. */
async function readPullRequestsAgain(
  context: GitHubContext,
  key: RepositoryKey,
  numbers: readonly number[],
): Promise<DeliveryEnd> {
  if (numbers.length === 0) {
    return { state: 'IGNORED', reason: 'No open pull request has this head.' };
  }
  await storePullRequestsByNumber(context, { ...key, numbers, priority: 'BACKGROUND' });
  return DONE;
}
