import type { ResultOf } from 'gql.tada';
import { DomainError } from '../../domain/core/errors.ts';
import {
  DEAD_LETTERS_QUERY,
  describeBackfill,
  describeDeadLetters,
  describeEnd,
  PROGRESS_SUBSCRIPTION,
  renderBackfill,
  REPOSITORY_SYNCS_QUERY,
  waitsOf,
  type BackfillJob,
  type DeadLetters,
  type FollowedBackfill,
  type RepositorySync,
} from './backfill-progress.ts';
import { gql } from '../core/graphql.ts';
import { GatewayError, PassingError } from '../core/asking-again.ts';
import type { GraphQLClient } from '../core/graphql-client.ts';
import type { ProgressLine } from '../core/progress.ts';

const START_BACKFILL = gql(`
  mutation StartBackfill($input: StartBackfillInput!) {
    startBackfill(input: $input) {
      ... on StartBackfillPayload { joined temporalUrl syncRun { id } }
      ... on UserError { __typename message }
    }
  }
`);

/** Refusals that the same start may not meet in a while. */
const PASSING_REFUSALS: ReadonlySet<string> = new Set([
  'OverloadedError',
  'DatabaseUnavailableError',
]);

const CANCEL_SYNC = gql(`
  mutation CancelSync($input: CancelSyncInput!) {
    cancelSync(input: $input) { ... on UserError { message } }
  }
`);

export interface BackfillRequest {
  /** Global id of the team. */
  readonly teamId: string;
  readonly repositories: readonly string[];
  /** Days are counted by the database's clock, whatever the clock of this machine says. */
  readonly reach: { readonly since: Date } | { readonly daysBack: number };
}

/**
 * Starts a backfill, or joins the running one, which may be its own: a start whose answer is lost is asked for again.
 * @throws DomainError with the sentence of the API's refusal
 */
export async function requestBackfill(
  client: GraphQLClient,
  { teamId, repositories, reach }: BackfillRequest,
) {
  const input = {
    teamId,
    repositories: [...repositories],
    ...('since' in reach ? { since: reach.since.toISOString() } : reach),
  };
  const startBackfill = await client.repeat(async () => {
    const { startBackfill: answer } = await client.send(START_BACKFILL, { input });
    if ('syncRun' in answer) {
      return answer;
    }
    throw PASSING_REFUSALS.has(answer.__typename)
      ? new PassingError(answer.message)
      : new DomainError('INVALID_INPUT', answer.message);
  });
  const { syncRun, ...shown } = startBackfill;
  return { id: syncRun.id, ...shown };
}

/**
 * Ends a backfill, or the sync of one of its repositories, after the page that runs.
 * @throws DomainError with the sentence of the API's refusal
 */
export async function cancelBackfill(client: GraphQLClient, id: string): Promise<void> {
  const { cancelSync } = await client.send(CANCEL_SYNC, { input: { syncRunId: id } });
  if ('message' in cancelSync) {
    throw new DomainError('INVALID_INPUT', cancelSync.message);
  }
}

/** What a job was the first to be unable to store. */
async function readDeadLetters(client: GraphQLClient, id: string): Promise<DeadLetters | null> {
  return (await client.query(DEAD_LETTERS_QUERY, { id })).syncRun?.deadLetters ?? null;
}

/** The syncs of all repositories of a job. */
async function readRepositorySyncs(client: GraphQLClient, id: string): Promise<RepositorySync[]> {
  const syncs: RepositorySync[] = [];
  for (let after: string | null = null; ;) {
    const { syncRun }: ResultOf<typeof REPOSITORY_SYNCS_QUERY> = await client.query(
      REPOSITORY_SYNCS_QUERY,
      { id, after },
    );
    syncs.push(...(syncRun?.repositories.nodes ?? []));
    if (syncRun?.repositories.pageInfo.hasNextPage !== true) {
      return syncs;
    }
    after = syncRun.repositories.pageInfo.endCursor;
  }
}

/** Null where the gateway cannot say it now: the job has ended anyway. */
async function orNull<Read>(reading: Promise<Read>): Promise<Read | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof GatewayError) {
      return null;
    }
    throw error;
  }
}

/**
 * Shows the progress of a backfill until it ends or the client is stopped: bars on a terminal, else lines. A gateway
 * that restarts meanwhile is waited for.
 */
export async function followBackfill(
  client: GraphQLClient,
  id: string,
  progress: ProgressLine,
): Promise<FollowedBackfill> {
  let last: BackfillJob | undefined;
  const events = client.subscribe(
    PROGRESS_SUBSCRIPTION,
    { id },
    ({ syncRunProgress }) => syncRunProgress.status !== 'RUNNING',
  );
  for await (const { syncRunProgress } of events) {
    last = syncRunProgress;
    const columns = progress.columns();
    progress.update(
      columns === null ? describeBackfill(last) : renderBackfill(last, columns),
      waitsOf(last),
    );
  }
  if (last === undefined) {
    throw new Error('the gateway sent no progress');
  }
  const repositories =
    last.status === 'RUNNING' ? null : await orNull(readRepositorySyncs(client, id));
  const deadLetters = last.status === 'PARTIAL' ? await orNull(readDeadLetters(client, id)) : null;
  const followed = { ...last, repositories };
  progress.done([describeEnd(followed), ...describeDeadLetters(deadLetters)].join('\n'));
  return followed;
}
