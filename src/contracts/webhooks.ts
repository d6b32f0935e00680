import type { WorkflowStart } from './launcher.ts';
import { TASK_QUEUES } from './task-queues.ts';
import { processWebhooksWorkflowId } from './workflow-ids.ts';

/** What crosses the Temporal border for webhooks. Ids are decimal strings, instants ISO 8601 in UTC. */

/** A connection whose webhooks are stored. */
export interface WebhookConnection {
  readonly teamId: string;
  readonly connectionId: string;
}

/** Inputs of their own, so that something can be added to each. */
export type ProcessDeliveriesInput = WebhookConnection;
export interface RedeliverDeliveriesInput extends WebhookConnection {
  /** The last repository whose webhooks are done with; null begins with the first. */
  readonly after: string | null;
  /** What the calls before this one were refused; absent with the first. */
  readonly refused?: HookRefusals;
}

/** How many owners' webhooks a token was not shown. */
export interface HookRefusals {
  readonly REPOSITORY: number;
  readonly ORGANIZATION: number;
}

export interface ProcessWebhooksResult {
  /** Deliveries that are no longer waiting. */
  readonly deliveries: number;
}

/** GitHub's limit stands: the same is asked for again at that time. */
export interface WebhookWait {
  readonly until: string;
  readonly reason: string;
}

export interface ProcessDeliveriesResult extends ProcessWebhooksResult {
  /** True when deliveries still wait. */
  readonly more: boolean;
  readonly wait: WebhookWait | null;
  /** Repositories of which deployments or releases changed: a short walk reads them. */
  readonly repositoriesToSync: readonly string[];
}

export interface OpenWebhookSyncInput {
  readonly teamId: string;
  readonly repositoryId: string;
  readonly workflowId: string;
  /** Of the run that processes the deliveries: a second call finds the same row. */
  readonly workflowRunId: string;
  /** Distinguishes walks of one repository within one run. */
  readonly attempt: number;
}

export interface OpenWebhookSyncResult {
  /** Null when the repository was never walked to its end: its first walk reads everything anyway. */
  readonly syncRunId: string | null;
  readonly repositoryName: string;
}

export interface ListConnectionsInput {
  /** The last team that is done; 0 begins with the first. */
  readonly after: string;
}

export interface ListConnectionsResult {
  readonly connections: readonly WebhookConnection[];
  /** The last of the teams; null when there are no more behind it. */
  readonly next: string | null;
}

export interface RedeliverResult {
  /** Deliveries that GitHub was asked to send again. */
  readonly redelivered: number;
  readonly wait: WebhookWait | null;
  /** Behind which repository to go on; null when none is left, or to ask the same again behind a wait. */
  readonly next: string | null;
  /** Refusals so far, for the call that goes on. */
  readonly refused?: HookRefusals;
  /** What could not be asked for, one sentence each that says what to do. */
  readonly skipped: readonly string[];
}

/** Where a sweep over all teams stands. */
export interface SweepInput {
  /** The last team that is done; 0 begins with the first. */
  readonly after: string;
}

/** Where a look for lost deliveries stands. */
export interface RedeliverInput extends SweepInput {
  /** The call that is next; null or absent begins with the first connection. */
  readonly from?: RedeliverDeliveriesInput | null;
  /** Deliveries that the runs before this one had sent again. */
  readonly redelivered?: number;
}

export interface SweepWebhooksResult {
  /** Connections whose deliveries waited. */
  readonly connections: number;
}

export interface RedeliverWebhooksResult {
  readonly redelivered: number;
  readonly skipped: readonly string[];
}

/** Activities of the queue `sync` for webhooks. Every one may run twice: the second time changes nothing. */
export interface WebhookActivities {
  /** Does what waiting deliveries ask for, oldest first, up to ten requests to GitHub. */
  processDeliveries(input: ProcessDeliveriesInput): Promise<ProcessDeliveriesResult>;
  /** The row of a walk that reads what deliveries made due. */
  openWebhookSync(input: OpenWebhookSyncInput): Promise<OpenWebhookSyncResult>;
  /** Connections of the next teams with deliveries that wait for longer than a minute. */
  listStalledWebhooks(input: ListConnectionsInput): Promise<ListConnectionsResult>;
  /** Connections of the next teams that receive webhooks. */
  listWebhookConnections(input: ListConnectionsInput): Promise<ListConnectionsResult>;
  /** Asks GitHub to send again what failed in the last three days and did not arrive since. */
  redeliverDeliveries(input: RedeliverDeliveriesInput): Promise<RedeliverResult>;
}

/** Tells a running workflow that more has been stored. */
export const processMoreSignal = 'processMore';

/** Names of workflow types, as they are registered and started. */
export const WEBHOOK_WORKFLOWS = {
  processWebhooks: 'processWebhooks',
  sweepWebhooks: 'sweepWebhooks',
  redeliverWebhooks: 'redeliverWebhooks',
} as const;

/** How the processing of a connection's webhooks is started; one at a time, others tell it that there is more. */
export function toWebhooksStart(input: WebhookConnection): WorkflowStart {
  return {
    workflowType: WEBHOOK_WORKFLOWS.processWebhooks,
    workflowId: processWebhooksWorkflowId(input.teamId, input.connectionId),
    taskQueue: TASK_QUEUES.sync,
    input,
    summary: 'Webhooks of one connection',
    teamId: input.teamId,
  };
}

/** How webhooks that were stored and not signalled are found: every ten minutes, over all teams. */
export function toSweepStart(): WorkflowStart {
  return {
    workflowType: WEBHOOK_WORKFLOWS.sweepWebhooks,
    workflowId: 'webhooks-sweep',
    taskQueue: TASK_QUEUES.sync,
    input: { after: '0' } satisfies SweepInput,
    summary: 'Webhooks that were stored and not processed',
    teamId: null,
  };
}

/** How webhooks that GitHub could not deliver are asked for: every hour, over all teams. */
export function toRedeliverStart(): WorkflowStart {
  return {
    workflowType: WEBHOOK_WORKFLOWS.redeliverWebhooks,
    workflowId: 'webhooks-redelivery',
    taskQueue: TASK_QUEUES.sync,
    input: { after: '0' } satisfies RedeliverInput,
    summary: 'Webhooks that GitHub could not deliver',
    teamId: null,
  };
}
