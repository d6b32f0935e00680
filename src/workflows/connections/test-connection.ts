import type {
  ConnectionActivities,
  TestConnectionInput,
  TestConnectionResult,
} from '../../contracts/connections.ts';
import { activitiesOn, DATABASE_RETRY } from '../core/activity-proxies.ts';

// A dozen requests of 30 s at the most; whoever waits for it waits 10 s.
const activities = activitiesOn<ConnectionActivities>('sync', '5m', {
  retry: { ...DATABASE_RETRY, maximumAttempts: 10 },
});

/**
 * Tests one connection: whose the credential is and what it may do. What it finds is in the connection's row, so that
 * a mutation that waits for it needs no Temporal to read it. What GitHub refuses is a result, not a failure.
 */
export async function testConnection(input: TestConnectionInput): Promise<TestConnectionResult> {
  return activities.testConnection(input);
}
