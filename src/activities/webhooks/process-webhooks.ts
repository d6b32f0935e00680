import type { WebhookActivities } from '../../contracts/webhooks.ts';
import type { Db } from '../../db/core/client.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import {
  countFailedAttempt,
  type WebhookConnectionKey,
} from '../../db/webhooks/webhook-deliveries.ts';
import { isDomainError } from '../../domain/core/errors.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { StageContext } from '../stages/sync-stage.ts';
import { readNextStep, type DeliveryStep } from './delivery-steps.ts';
import { createProcessStep } from './process-step.ts';

/** Steps of one activity: each is a request or two, so that a worker that dies loses little. */
const STEPS_PER_ACTIVITY = 10;

/** After so many failures in a row a delivery is given up: the next incremental sync brings what it reported. */
const MAX_ATTEMPTS = 5;

/** Processes the deliveries of a connection, a step at a time; what a step did is committed with its deliveries. */
export function createProcessDeliveries(
  context: StageContext,
): WebhookActivities['processDeliveries'] {
  const { db } = context;
  const processStep = createProcessStep(context);

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
      const step = await readNextStep(db, key);
      if (step === null) {
        return answer(false, null);
      }
      try {
        const slot = await processStep(key, step);
        if (!slot.ready) {
          return answer(true, slot);
        }
        if (slot.answer.repositoryToSync !== null) {
          repositoriesToSync.add(String(slot.answer.repositoryToSync));
        }
      } catch (error) {
        await countFailure(db, key, step, error);
      }
      deliveries += step.deliveries.length;
    }
    return answer(true, null);
  };
}

/** Counts a failed step. An error that may pass is thrown, so that Temporal waits before the next attempt. */
async function countFailure(
  db: Db,
  key: WebhookConnectionKey,
  step: DeliveryStep,
  error: unknown,
): Promise<void> {
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
