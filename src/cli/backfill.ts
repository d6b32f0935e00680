import { DomainError } from '../domain/errors.ts';
import type { GraphQLClient } from './graphql-client.ts';
import type { ProgressLine } from './progress.ts';

/** A backfill as the API shows it. */
export interface BackfillJob {
  readonly id: string;
  readonly status: string;
  readonly temporalUrl: string | null;
  readonly progress: {
    readonly pages: number;
    readonly requests: number;
    readonly points: number;
    readonly pullRequestsSeen: number;
    readonly pullRequestsStored: number;
    readonly pullRequestsTotal: number | null;
    readonly oldestReachedAt: string | null;
    readonly waitingUntil: string | null;
    readonly waitingReason: string | null;
  };
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly repositories: readonly {
    readonly status: string;
    readonly error: { readonly message: string } | null;
    readonly repository: { readonly owner: string; readonly name: string } | null;
  }[];
}

const JOB_FIELDS = `
  id status temporalUrl
  progress {
    pages requests points pullRequestsSeen pullRequestsStored pullRequestsTotal
    oldestReachedAt waitingUntil waitingReason
  }
  error { code message }
  repositories { status error { message } repository { owner name } }`;

export interface BackfillRequest {
  /** Global id of the team. */
  readonly teamId: string;
  readonly repositories: readonly string[];
  readonly since: Date;
}

/**
 * Starts a backfill, or joins the running one.
 * @throws DomainError with the sentence of the API's refusal
 */
export async function requestBackfill(
  client: GraphQLClient,
  request: BackfillRequest,
): Promise<{ readonly id: string; readonly joined: boolean }> {
  const { startBackfill } = await client.query<{
    startBackfill:
      | { __typename: 'StartBackfillPayload'; joined: boolean; syncRun: { id: string } }
      | { __typename: string; message: string };
  }>(
    `mutation StartBackfill($input: StartBackfillInput!) {
      startBackfill(input: $input) {
        __typename
        ... on StartBackfillPayload { joined syncRun { id } }
        ... on UserError { message }
      }
    }`,
    {
      input: {
        teamId: request.teamId,
        repositories: request.repositories,
        since: request.since.toISOString(),
      },
    },
  );
  if (!('syncRun' in startBackfill)) {
    throw new DomainError('INVALID_INPUT', startBackfill.message);
  }
  return { id: startBackfill.syncRun.id, joined: startBackfill.joined };
}

export interface FollowOptions {
  readonly progress: ProgressLine;
  readonly lifetime: { readonly signal: AbortSignal };
}

/** Shows the progress of a backfill until it ends or the command is stopped. */
export async function followBackfill(
  client: GraphQLClient,
  id: string,
  options: FollowOptions,
): Promise<BackfillJob> {
  let last: BackfillJob | undefined;
  const events = client.subscribe<{ syncRunProgress: BackfillJob }>(
    `subscription Progress($id: ID!) { syncRunProgress(id: $id) {${JOB_FIELDS}} }`,
    { id },
    options.lifetime.signal,
  );
  for await (const { syncRunProgress } of events) {
    last = syncRunProgress;
    options.progress.update(describeProgress(syncRunProgress));
  }
  if (last === undefined) {
    throw new Error('the gateway sent no progress');
  }
  options.progress.done(`${describeProgress(last)} — ${last.status.toLowerCase()}`);
  return last;
}

function describeProgress(job: BackfillJob): string {
  const { progress } = job;
  const walked = job.repositories.filter((part) => part.status !== 'RUNNING').length;
  const parts = [
    `backfill: ${walked} of ${job.repositories.length} repositories`,
    `${progress.pullRequestsSeen} pull requests on ${progress.pages} pages`,
    ...(progress.oldestReachedAt === null
      ? []
      : [`back to ${progress.oldestReachedAt.slice(0, 10)}`]),
    `${progress.points} points`,
    ...(progress.waitingUntil === null
      ? []
      : [`waits until ${progress.waitingUntil}: ${progress.waitingReason ?? ''}`]),
  ];
  return parts.join(', ');
}
