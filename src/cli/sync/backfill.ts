import { DomainError } from '../../domain/core/errors.ts';
import {
  describeBackfill,
  describeEnd,
  renderBackfill,
  type BackfillJob,
} from './backfill-progress.ts';
import type { GraphQLClient } from '../core/graphql-client.ts';
import type { ProgressLine } from '../core/progress.ts';

const RUN_FIELDS = `status stage pausedAt progress {
    pages requests points pullRequestsSeen pullRequestsStored pullRequestsTotal nestedRows
    oldestReachedAt waitingUntil waitingReason fractionDone estimatedSecondsLeft
  }`;

const JOB_FIELDS = `
  id temporalUrl ${RUN_FIELDS}
  error { code message }
  repositories { ${RUN_FIELDS} error { message } repository { owner name } }`;

export interface BackfillRequest {
  /** Global id of the team. */
  readonly teamId: string;
  readonly repositories: readonly string[];
  readonly since: Date;
}

/** A backfill that was started or joined. */
export interface RequestedBackfill {
  readonly id: string;
  readonly joined: boolean;
  readonly temporalUrl: string | null;
}

/**
 * Starts a backfill, or joins the running one.
 * @throws DomainError with the sentence of the API's refusal
 */
export async function requestBackfill(
  client: GraphQLClient,
  request: BackfillRequest,
): Promise<RequestedBackfill> {
  const { startBackfill } = await client.query<{
    startBackfill:
      | (Omit<RequestedBackfill, 'id'> & { readonly syncRun: { readonly id: string } })
      | { readonly message: string };
  }>(
    `mutation StartBackfill($input: StartBackfillInput!) {
      startBackfill(input: $input) {
        ... on StartBackfillPayload { joined temporalUrl syncRun { id } }
        ... on UserError { message }
      }
    }`,
    { input: { ...request, since: request.since.toISOString() } },
  );
  if (!('syncRun' in startBackfill)) {
    throw new DomainError('INVALID_INPUT', startBackfill.message);
  }
  const { syncRun, ...shown } = startBackfill;
  return { id: syncRun.id, ...shown };
}

/**
 * Ends a backfill, or the sync of one of its repositories, after the page that runs.
 * @throws DomainError with the sentence of the API's refusal
 */
export async function cancelBackfill(client: GraphQLClient, id: string): Promise<void> {
  const { cancelSync } = await client.query<{ cancelSync: { message?: string } }>(
    `mutation CancelSync($input: CancelSyncInput!) {
      cancelSync(input: $input) { ... on UserError { message } }
    }`,
    { input: { syncRunId: id } },
  );
  if (cancelSync.message !== undefined) {
    throw new DomainError('INVALID_INPUT', cancelSync.message);
  }
}

export interface FollowOptions {
  readonly progress: ProgressLine;
  readonly lifetime: { readonly signal: AbortSignal };
}

/** Shows the progress of a backfill until it ends or the command is stopped: bars on a terminal, else lines. */
export async function followBackfill(
  client: GraphQLClient,
  id: string,
  options: FollowOptions,
): Promise<BackfillJob> {
  const { progress } = options;
  let last: BackfillJob | undefined;
  const events = client.subscribe<{ syncRunProgress: BackfillJob }>(
    `subscription Progress($id: ID!) { syncRunProgress(id: $id) {${JOB_FIELDS}} }`,
    { id },
    options.lifetime.signal,
  );
  for await (const { syncRunProgress } of events) {
    last = syncRunProgress;
    const columns = progress.columns();
    progress.update(columns === null ? describeBackfill(last) : renderBackfill(last, columns));
  }
  if (last === undefined) {
    throw new Error('the gateway sent no progress');
  }
  progress.done(describeEnd(last));
  return last;
}
