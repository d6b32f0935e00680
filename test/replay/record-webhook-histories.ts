import { ApplicationFailure } from '@temporalio/common';
import {
  toRedeliverStart,
  toSweepStart,
  toWebhooksStart,
  type WebhookActivities,
} from '../../src/contracts/webhooks.ts';
import type { WorkflowStart } from '../../src/contracts/launcher.ts';
import { createWebhookStubs } from '../support/stubs/webhook-stubs.ts';
import type { Recorder } from './recorder.ts';

const soon = (): string => new Date(Date.now() + 1100).toISOString();

/** Records the workflows of webhooks. */
export async function recordWebhookHistories(recorder: Recorder): Promise<void> {
  const record = (
    name: string,
    start: WorkflowStart,
    changes: Partial<WebhookActivities> = {},
  ): Promise<void> => recorder.recordStart(name, start, createWebhookStubs(changes));
  const ofTeam = (teamId: string): WorkflowStart => toWebhooksStart({ teamId, connectionId: '1' });

  await record('completed', ofTeam('completed'));

  let looks = 0;
  await record('limited-with-a-sync', ofTeam('limited-with-a-sync'), {
    async processDeliveries() {
      looks += 1;
      const wait = looks === 1 ? { until: soon(), reason: 'limit' } : null;
      return { deliveries: 1, more: wait !== null, wait, repositoriesToSync: ['5'] };
    },
  });

  let flood = 0;
  await record('continued', ofTeam('continued'), {
    async processDeliveries() {
      flood += 1;
      return { deliveries: 1, more: flood < 60, wait: null, repositoriesToSync: [] };
    },
  });

  await record('completed', toSweepStart());
  await record('completed', toRedeliverStart());

  await record('nothing-waits', toSweepStart(), {
    async listStalledWebhooks() {
      return { connections: [], next: null };
    },
  });
  const broken = ApplicationFailure.nonRetryable('The disk is full.', 'UNEXPECTED');
  await record('failed', toSweepStart(), {
    async listStalledWebhooks() {
      throw broken;
    },
  });
  await record('failed', toRedeliverStart(), {
    async listWebhookConnections() {
      throw broken;
    },
  });

  let asked = 0;
  await record('limited-and-refused', toRedeliverStart(), {
    async redeliverDeliveries({ connectionId }) {
      if (connectionId === '2') {
        throw ApplicationFailure.nonRetryable('GitHub refuses the token.', 'UNAUTHORIZED');
      }
      asked += 1;
      const wait = asked === 1 ? { until: soon(), reason: 'limit' } : null;
      return { redelivered: 1, wait, skipped: [], next: null };
    },
  });
}
