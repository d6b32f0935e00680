import type { ComputeActivities } from '../../../src/contracts/rollups.ts';
import type { SyncActivities } from '../../../src/contracts/sync.ts';
import type { WebhookActivities } from '../../../src/contracts/webhooks.ts';
import { createStubActivities } from './stub-workers.ts';

export interface WebhookStubs {
  readonly sync: SyncActivities & WebhookActivities;
  readonly compute: ComputeActivities;
  /** What was called, in order: `name argument`. */
  readonly calls: string[];
}

/** Activities of two connections with five deliveries each, done in two steps; a test replaces what it is about. */
export function createWebhookStubs(
  changes: Partial<WebhookActivities> = {},
  syncChanges: Partial<SyncActivities> = {},
): WebhookStubs {
  const { sync, compute, calls } = createStubActivities(syncChanges);
  const left = new Map<string, number>();
  const connections = ['1', '2'].map((connectionId) => ({ teamId: '7', connectionId }));
  const webhooks: WebhookActivities = {
    async processDeliveries({ teamId, connectionId }) {
      const key = `${teamId}:${connectionId}`;
      const steps = left.get(key) ?? 2;
      left.set(key, Math.max(0, steps - 1));
      calls.push(`processDeliveries ${key}`);
      return { deliveries: steps > 0 ? 5 : 0, more: steps > 1, wait: null, repositoriesToSync: [] };
    },
    async openWebhookSync({ repositoryId, attempt }) {
      calls.push(`openWebhookSync ${repositoryId}`);
      return { syncRunId: `${repositoryId}.${attempt}`, repositoryName: 'acme/api' };
    },
    async listStalledWebhooks({ after }) {
      calls.push(`listStalledWebhooks ${after}`);
      return { connections: after === '0' ? connections : [], next: after === '0' ? '7' : null };
    },
    async listWebhookConnections({ after }) {
      calls.push(`listWebhookConnections ${after}`);
      return { connections, next: null };
    },
    async redeliverDeliveries({ connectionId }) {
      calls.push(`redeliverDeliveries ${connectionId}`);
      return { redelivered: 3, wait: null, skipped: [], next: null };
    },
    ...changes,
  };
  return { sync: { ...sync, ...webhooks }, compute, calls };
}
