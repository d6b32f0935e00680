import type {
  ResolvedRepository,
  ResolveRepositoriesInput,
  ResolveRepositoriesResult,
} from '../../contracts/sync.ts';
import type { Wait } from '../../contracts/wait.ts';
import {
  readActiveConnections,
  saveConnectionIdentity,
  type GithubConnectionRow,
} from '../../db/connections/github-connections.ts';
import {
  listRepositories,
  upsertRepository,
  type KnownRepository,
} from '../../db/sync/repositories.ts';
import { planRepositories } from '../../db/sync/sync-plan.ts';
import { countRequest, recordWait, widenRun, type RunKey } from '../../db/sync/sync-runs.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { requireInstant } from '../../domain/core/instants.ts';
import {
  formatRepositoryName,
  parseRepositoryName,
  type RepositoryName,
} from '../../domain/sync/repository-name.ts';
import type { GitHub } from '../../github/client.ts';
import { isFailure, type GitHubFailure } from '../../github/transport/failures.ts';
import { isRetryable } from '../core/known-failures.ts';
import { RetryAfter } from '../core/retry-after.ts';
import type { GitHubContext } from '../requests/request-slot.ts';

/** Look-ups of one activity: a worker that dies loses at most so many, and a job of 500 names keeps heartbeating. */
const LOOK_UPS = 20;

/**
 * Finds the repositories that a backfill was asked for, and notes them in its row: its progress is measured by all of
 * them, also those whose sync has not begun.
 * @throws what kept the first name from its answer, where none was answered
 */
export async function resolveRepositories(
  context: GitHubContext,
  input: ResolveRepositoriesInput,
): Promise<ResolveRepositoriesResult> {
  const teamId = BigInt(input.teamId);
  const result = await findRepositories(context, input);
  const ids = result.repositories.map(({ repositoryId }) => BigInt(repositoryId));
  if (ids.length > 0) {
    const job = { teamId, syncRunId: BigInt(input.syncRunId) };
    await withTeam(context.db, teamId, (tx) => planRepositories(tx, job, ids));
  }
  return result;
}

/**
 * Looks new names up on GitHub and gives them a row by GitHub's
 * id, 20 look-ups at a time; names beyond are left for the next call. The team's connections are asked one after another,
 * first the one that has a repository of the same owner. A name that GitHub shows to none of them is refused alone, with
 * the reason; the others go on. So is one that a connection may know which is refused altogether; where that one does not
 * answer for now, the name is left for the next call. Every call answers a name, or waits, or fails.
 */
async function findRepositories(
  context: GitHubContext,
  input: ResolveRepositoriesInput,
): Promise<ResolveRepositoriesResult> {
  const { db } = context;
  const teamId = BigInt(input.teamId);
  const job = { teamId, syncRunId: BigInt(input.syncRunId) };
  const { known, connections } = await withTeam(db, teamId, async (tx) => {
    await widenRun(tx, job, toSince(input.since));
    return {
      known: await listRepositories(tx, teamId),
      connections: await readActiveConnections(tx, teamId),
    };
  });
  if (connections.length === 0) {
    throw notConnected();
  }
  if (input.repositories.length === 0) {
    return allOf(known, input.since !== null);
  }
  const search = beginSearch(job, known, connections);
  const repositories = new Map<string, ResolvedRepository>();
  const refused: { name: string; reason: string }[] = [];
  const unanswered: { name: string; error: Error }[] = [];
  const answer = (wait: Wait | null, notAsked: readonly string[]): ResolveRepositoriesResult => {
    const [first] = unanswered;
    if (first !== undefined && wait === null && repositories.size + refused.length === 0) {
      throw first.error;
    }
    const [again, never] = [true, false].map((retryable) =>
      unanswered.filter(({ error }) => isRetryable(error) === retryable),
    );
    const left = [...notAsked, ...(again ?? []).map(({ name }) => name)];
    const lost = (never ?? []).map(({ name, error }) => ({ name, reason: error.message }));
    return {
      repositories: [...repositories.values()],
      refused: [...refused, ...lost],
      wait,
      left,
    };
  };
  let lookUps = 0;
  for (const [index, name] of input.repositories.entries()) {
    const row = search.byName.get(name.toLowerCase());
    if (row !== undefined && search.identified.has(row.connectionId)) {
      const repositoryId = String(row.id);
      repositories.set(repositoryId, { repositoryId, name });
      continue;
    }
    if (lookUps === LOOK_UPS) {
      return answer(null, input.repositories.slice(index));
    }
    lookUps += 1;
    try {
      const found = await lookUp(context, search, name);
      repositories.set(found.repositoryId, found);
    } catch (error) {
      if (error instanceof RetryAfter) {
        const { until, message: reason } = error;
        await withTeam(db, teamId, (tx) => recordWait(tx, job, { until, reason }));
        return answer(error.toWait(), input.repositories.slice(index));
      }
      if (isUnanswered(error)) {
        unanswered.push({ name, error });
      } else if (isHidden(error) || isInvalid(error)) {
        refused.push({ name, reason: error.message });
      } else {
        throw error;
      }
    }
  }
  return answer(null, []);
}

/** How far back a job goes, as its input says it. @throws DomainError INVALID_INPUT when no row can hold it */
export function toSince(since: string | null): Date | null {
  return since === null ? null : requireInstant(since, 'since');
}

/** All repositories of a team. What is gone stays gone until somebody asks for a backfill. */
function allOf(known: readonly KnownRepository[], isBackfill: boolean): ResolveRepositoriesResult {
  const wanted = known.filter((row) => isBackfill || row.syncState !== 'GONE');
  const repositories = wanted.map((row) => ({
    repositoryId: String(row.id),
    name: formatRepositoryName(row),
  }));
  return { repositories, refused: [], wait: null, left: [] };
}

/** What is known while names are looked up, one after another. */
type RepositorySearch = ReturnType<typeof beginSearch>;

function beginSearch(
  job: RunKey,
  known: readonly KnownRepository[],
  connections: readonly GithubConnectionRow[],
) {
  // What is gone may be there again under its name, as another repository: it is looked up anew.
  const there = known.filter((row) => row.syncState !== 'GONE');
  const identified = connections.filter(({ identity }) => identity !== null);
  return {
    job,
    connections,
    /** By the name in lower case. */
    byName: new Map(there.map((row) => [formatRepositoryName(row).toLowerCase(), row])),
    /** Connections of which it is known whom GitHub says they belong to. */
    identified: new Set(identified.map(({ id }) => id)),
    /** The connection that has a repository of this owner; the owner in lower case. */
    ownerConnections: new Map(
      known.map(({ owner, connectionId }) => [owner.toLowerCase(), connectionId]),
    ),
  };
}

/** Looks one name up on GitHub, the likeliest connection first, and gives the repository its row. */
async function lookUp(
  context: GitHubContext,
  { job, connections, byName, identified, ownerConnections }: RepositorySearch,
  name: string,
): Promise<ResolvedRepository> {
  const { teamId } = job;
  const repository = parseRepositoryName(name);
  const likely =
    byName.get(name.toLowerCase())?.connectionId ??
    ownerConnections.get(repository.owner.toLowerCase());
  const { found, connection } = await find(
    context,
    teamId,
    connections.toSorted((a, b) => Number(b.id === likely) - Number(a.id === likely)),
    repository,
  );
  const key = { teamId, connectionId: connection.id };
  identified.add(connection.id);
  ownerConnections.set(found.repository.owner.toLowerCase(), connection.id);
  const rowId = await withTeam(context.db, teamId, async (tx) => {
    await saveConnectionIdentity(tx, { ...key, secret: connection.secret }, found.identity);
    await countRequest(tx, job, found.quota?.cost ?? 0);
    return upsertRepository(tx, key, found.repository);
  });
  return { repositoryId: String(rowId), name: formatRepositoryName(found.repository) };
}

/**
 * Asks with one connection after another, until GitHub shows the repository to one of them. One that does not answer, or
 * is refused, keeps none of the others from it.
 */
async function find(
  { withRequestSlot }: GitHubContext,
  teamId: bigint,
  connections: readonly GithubConnectionRow[],
  repository: RepositoryName,
): Promise<{
  readonly found: Awaited<ReturnType<GitHub['lookUpRepository']>>;
  readonly connection: GithubConnectionRow;
}> {
  const failures: GitHubFailure[] = [];
  let unanswered: Error | null = null;
  for (const connection of connections) {
    const scope = {
      teamId,
      connectionId: connection.id,
      repositoryId: null,
      resource: 'graphql',
      priority: 'INTERACTIVE',
    } as const;
    try {
      const found = await withRequestSlot(scope, (github) => github.lookUpRepository(repository));
      return { found, connection };
    } catch (error) {
      if (isHidden(error)) {
        failures.push(error);
      } else if (isUnanswered(error)) {
        unanswered ??= error;
      } else {
        throw error;
      }
    }
  }
  // It may be one that only the connection knows which did not answer.
  if (unanswered !== null) {
    throw unanswered;
  }
  // What is forbidden to one connection exists, whatever the others say.
  throw failures.find(({ kind }) => kind === 'FORBIDDEN') ?? failures[0] ?? notConnected();
}

/** Whether a failure says nothing of the name: the connection cannot be reached, or GitHub refuses it altogether. */
function isUnanswered(error: unknown): error is Error {
  return (
    isFailure(error, 'TRANSIENT', 'UNEXPECTED', 'HOST_NOT_ALLOWED', 'SERVER_TOO_OLD') ||
    isFailure(error, 'UNAUTHORIZED', 'SUSPENDED') ||
    (error instanceof DomainError && error.code === 'GITHUB_NOT_CONNECTED')
  );
}

/** Whether a name cannot be one of GitHub's. */
function isInvalid(error: unknown): error is DomainError {
  return error instanceof DomainError && error.code === 'INVALID_INPUT';
}

/** Whether a failure concerns this one name only; a refused token or a rate limit concerns all of them. */
function isHidden(error: unknown): error is GitHubFailure {
  return isFailure(error, 'NOT_FOUND', 'FORBIDDEN');
}

function notConnected(): DomainError {
  return new DomainError(
    'GITHUB_NOT_CONNECTED',
    'The team has no working GitHub connection: give it a token.',
  );
}
