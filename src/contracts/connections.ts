import type { WorkflowStart } from './launcher.ts';
import { TASK_QUEUES } from './task-queues.ts';
import { testConnectionWorkflowId } from './workflow-ids.ts';

/** What crosses the Temporal border for connections to GitHub. Ids are decimal strings; no secret ever does. */

export interface TestConnectionInput {
  readonly teamId: string;
  readonly connectionId: string;
}

export interface TestConnectionResult {
  readonly outcome: 'TESTED' | 'REFUSED' | 'NOT_REACHED';
  /** What stands in the way, and what to do; null when it was tested. */
  readonly reason: string | null;
}

/** Activities of the queue `sync` that look after connections. */
export interface ConnectionActivities {
  /** Asks GitHub whose the credential is and what it may do, and stores the answer. */
  testConnection(input: TestConnectionInput): Promise<TestConnectionResult>;
}

/** Names of workflow types, as they are registered and started. */
export const CONNECTION_WORKFLOWS = { testConnection: 'testConnection' } as const;

/** How a test is started; a second start joins the first. */
export function toConnectionTestStart(input: TestConnectionInput): WorkflowStart {
  return {
    workflowType: CONNECTION_WORKFLOWS.testConnection,
    workflowId: testConnectionWorkflowId(input.teamId, input.connectionId),
    taskQueue: TASK_QUEUES.sync,
    input,
    summary: 'Test of a connection to GitHub',
    teamId: input.teamId,
  };
}
