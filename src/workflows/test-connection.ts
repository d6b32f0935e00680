import { proxyActivities } from '@temporalio/workflow';
import type {
  ConnectionActivities,
  TestConnectionInput,
  TestConnectionResult,
} from '../contracts/connections.ts';
import { TASK_QUEUES } from '../contracts/task-queues.ts';

const activities = proxyActivities<ConnectionActivities>({
  taskQueue: TASK_QUEUES.sync,
  // A dozen requests of 30 s at the most; whoever waits for it waits 10 s.
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '30s',
    maximumAttempts: 10,
  },
});

/**
 * Tests one connection: whose the credential is and what it may do. What it finds is in the connection's row, so that
 * a mutation that waits for it needs no Temporal to read it. What GitHub refuses is a result, not a failure.
 */
export async function testConnection(input: TestConnectionInput): Promise<TestConnectionResult> {
  return activities.testConnection(input);
}
