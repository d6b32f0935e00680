import type { ConnectionInput } from './keys.ts';
import type { WorkflowStart } from './launcher.ts';
import { testConnectionWorkflowId } from './workflow-ids.ts';

/** Contracts of connections to GitHub. Ids are decimal strings; no secret is ever part of them. */

export type TestConnectionInput = ConnectionInput;

export interface TestConnectionResult {
  readonly outcome: 'TESTED' | 'REFUSED' | 'NOT_REACHED';
  /** What the obstacle is and what to do about it; null when the connection was tested. */
  readonly reason: string | null;
  /** True where no limit holds the requests of the connection back: what waits for one asks again. */
  readonly isFree?: boolean;
}

/** Activities of the queue `sync` that manage connections. */
export interface ConnectionActivities {
  /** Asks GitHub whose the credential is and what it may do, and stores the answer. */
  testConnection(input: TestConnectionInput): Promise<TestConnectionResult>;
}

/** Workflow types, as they are registered and started. */
export const CONNECTION_WORKFLOWS = { testConnection: 'testConnection' } as const;

/** The start of a connection's test; a second start joins the first. */
export function toConnectionTestStart(input: TestConnectionInput): WorkflowStart {
  return {
    workflowType: CONNECTION_WORKFLOWS.testConnection,
    workflowId: testConnectionWorkflowId(input.teamId, input.connectionId),
    taskQueue: 'sync',
    input,
    summary: 'Test of a connection to GitHub',
    teamId: input.teamId,
  };
}
