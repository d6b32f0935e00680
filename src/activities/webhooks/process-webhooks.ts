import type { Wait } from '../../contracts/wait.ts';
import type { ProcessDeliveriesInput, ProcessDeliveriesResult } from '../../contracts/webhooks.ts';
import type { Db } from '../../db/core/client.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import {
  countFailedAttempt,
  type WebhookConnectionKey,
} from '../../db/webhooks/webhook-deliveries.ts';
import { isDomainError } from '../../domain/core/errors.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { ofSettings } from '../core/known-failures.ts';
import { RetryAfter } from '../core/retry-after.ts';
import { readNextStep, type DeliveryStep } from './delivery-steps.ts';
import { processStep } from './process-step.ts';

/** Steps of one activity: each is a request or two, so that a worker that dies loses little. */
const STEPS_PER_ACTIVITY = 10;

/** After so many failures in a row a delivery is given up: the next incremental sync brings what it reported. */
const MAX_ATTEMPTS = 5;

/** Processes the deliveries of a connection, a step at a time; what a step did is committed with its deliveries. */
export async function processDeliveries(
  context: GitHubContext,
  input: ProcessDeliveriesInput,
): Promise<ProcessDeliveriesResult> {
  const { db } = context;
  const key = { teamId: BigInt(input.teamId), connectionId: BigInt(input.connectionId) };
  const repositoriesToSync = new Set<string>();
  let deliveries = 0;
  const answer = (more: boolean, wait: Wait | null): ProcessDeliveriesResult => ({
    deliveries,
    more,
    repositoriesToSync: [...repositoriesToSync],
    wait,
  });
  for (let count = 0; count < STEPS_PER_ACTIVITY; count += 1) {
    const step = await readNextStep(db, key);
    if (step === null) {
      return answer(false, null);
    }
    try {
      const repositoryId = await processStep(context, key, step);
      if (repositoryId !== null) {
        repositoriesToSync.add(String(repositoryId));
      }
    } catch (error) {
      if (error instanceof RetryAfter) {
        return answer(true, error.toWait());
      }
      await countFailure(db, key, step, error);
    }
    deliveries += step.deliveries.length;
  }
  return answer(true, null);
}

/**
 * Counts a failed step. An error that may pass is thrown, so that Temporal waits before the next attempt. What this worker's
 * settings do not allow says nothing of the deliveries: they wait for a worker that may.
 */
async function countFailure(
  db: Db,
  key: WebhookConnectionKey,
  step: DeliveryStep,
  error: unknown,
): Promise<void> {
  if (ofSettings(error) !== null) {
    throw error;
  }
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
