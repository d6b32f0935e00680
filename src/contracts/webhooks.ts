import type { ConnectionInput, RepositoryInput } from './keys.ts';
import type { WorkflowStart } from './launcher.ts';
import type { Wait } from './wait.ts';
import { processWebhooksWorkflowId } from './workflow-ids.ts';

/** Contracts of webhooks. Ids are decimal strings, instants ISO 8601 in UTC. */

/** The activities have inputs of their own, so that something can be added to each. */
export type ProcessDeliveriesInput = ConnectionInput;
export interface RedeliverDeliveriesInput extends ConnectionInput {
  /** The last repository whose webhooks were processed; null begins with the first. */
  readonly after: string | null;
  /** The refusals of the calls before this one; absent in the first call. */
  readonly refused?: HookRefusals;
}

/** For how many repositories and organisations the token may not read the webhooks. */
export interface HookRefusals {
  readonly REPOSITORY: number;
  readonly ORGANIZATION: number;
}

export interface ProcessWebhooksResult {
  /** Deliveries that were processed. */
  readonly deliveries: number;
}

export interface ProcessDeliveriesResult extends ProcessWebhooksResult {
  /** True when deliveries still wait. */
  readonly more: boolean;
  /** GitHub's limit is reached: the same request is made again at that time. */
  readonly wait: Wait | null;
  /** Repositories whose deployments or releases changed: a short sync reads them. */
  readonly repositoriesToSync: readonly string[];
}

export interface OpenWebhookSyncInput extends RepositoryInput {
  readonly workflowId: string;
  /** The run that processes the deliveries, by which a second call finds the same row. */
  readonly workflowRunId: string;
  /** Distinguishes syncs of one repository within one run. */
  readonly attempt: number;
}

export interface OpenWebhookSyncResult {
  /** Null when the first sync of the repository has not ended: that one reads everything anyway. */
  readonly syncRunId: string | null;
  readonly repositoryName: string;
}

/** The position of a sweep over all teams. */
export interface SweepInput {
  /** The last team that was processed; 0 begins with the first. */
  readonly after: string;
}

export interface ListConnectionsResult {
  readonly connections: readonly ConnectionInput[];
  /** The last team of this call; null when no more teams follow. */
  readonly next: string | null;
}

export interface RedeliverResult {
  /** Deliveries that GitHub was asked to redeliver. */
  readonly redelivered: number;
  readonly wait: Wait | null;
  /** The repository after which the next call begins; null when none is left, or to repeat this call after a wait. */
  readonly next: string | null;
  /** The refusals so far, for the next call. */
  readonly refused?: HookRefusals;
  /** What could not be requested, one sentence each that says what to do. */
  readonly skipped: readonly string[];
}

/** The position of a search for lost deliveries. */
export interface RedeliverInput extends SweepInput {
  /** The next call; null or absent begins with the first connection. */
  readonly from?: RedeliverDeliveriesInput | null;
  /** Deliveries that the runs before this one had redelivered. */
  readonly redelivered?: number;
}

export interface SweepWebhooksResult {
  /** How many connections had deliveries that waited. */
  readonly connections: number;
}

export interface RedeliverWebhooksResult {
  readonly redelivered: number;
  readonly skipped: readonly string[];
}

/** Activities of the queue `sync` for webhooks. Each may run twice: the second time changes nothing. */
export interface WebhookActivities {
  /** Processes the waiting deliveries, oldest first, with up to ten requests to GitHub. */
  processDeliveries(input: ProcessDeliveriesInput): Promise<ProcessDeliveriesResult>;
  /** Creates the row of a sync that reads what deliveries made due. */
  openWebhookSync(input: OpenWebhookSyncInput): Promise<OpenWebhookSyncResult>;
  /** Lists connections of the next teams with deliveries that have waited for longer than a minute. */
  listStalledWebhooks(input: SweepInput): Promise<ListConnectionsResult>;
  /** Lists connections of the next teams that receive webhooks. */
  listWebhookConnections(input: SweepInput): Promise<ListConnectionsResult>;
  /** Asks GitHub to redeliver what failed in the last three days and has not arrived since. */
  redeliverDeliveries(input: RedeliverDeliveriesInput): Promise<RedeliverResult>;
}

/** Signals a running workflow that more deliveries are stored. */
export const processMoreSignal = 'processMore';

/** Workflow types, as they are registered and started. */
export const WEBHOOK_WORKFLOWS = {
  processWebhooks: 'processWebhooks',
  sweepWebhooks: 'sweepWebhooks',
  redeliverWebhooks: 'redeliverWebhooks',
} as const;

/** The start of the processing of a connection's webhooks. One runs at a time; a further start signals it. */
export function toWebhooksStart(input: ConnectionInput): WorkflowStart {
  return {
    workflowType: WEBHOOK_WORKFLOWS.processWebhooks,
    workflowId: processWebhooksWorkflowId(input.teamId, input.connectionId),
    taskQueue: 'sync',
    input,
    summary: 'Webhooks of one connection',
    teamId: input.teamId,
  };
}

/** The start of the sweep for webhooks that were stored but not signalled: every ten minutes, over all teams. */
export function toSweepStart(): WorkflowStart {
  return {
    workflowType: WEBHOOK_WORKFLOWS.sweepWebhooks,
    workflowId: 'webhooks-sweep',
    taskQueue: 'sync',
    input: { after: '0' } satisfies SweepInput,
    summary: 'Webhooks that were stored and not processed',
    teamId: null,
  };
}

/** The start of the redelivery of webhooks that GitHub could not deliver: every hour, over all teams. */
export function toRedeliverStart(): WorkflowStart {
  return {
    workflowType: WEBHOOK_WORKFLOWS.redeliverWebhooks,
    workflowId: 'webhooks-redelivery',
    taskQueue: 'sync',
    input: { after: '0' } satisfies RedeliverInput,
    summary: 'Webhooks that GitHub could not deliver',
    teamId: null,
  };
}
