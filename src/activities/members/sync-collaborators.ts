import type { CollaboratorFailures, OrganizationInput } from '../../contracts/members.ts';
import { setPartialProblem } from '../../db/connections/github-connections.ts';
import { readAnswered, readAnsweredAt, saveEtag } from '../../db/connections/github-etags.ts';
import { addCollaborators, readRepositoriesOf } from '../../db/members/organization-members.ts';
import type { ConnectionKey } from '../../db/core/keys.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { ActorFact } from '../../domain/members/actor.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { collaboratorsUrl } from '../../github/members/members.ts';
import { isFailure } from '../../github/transport/failures.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { RetryAfter } from '../core/retry-after.ts';

/** After so many repositories of an owner whose collaborators the credential may not see, no other is asked for. */
const MAX_REFUSALS = 3;

/** After so many failures in a row GitHub is down, and not the one list: the next day goes on with the others. */
const MAX_FAILURES_IN_A_ROW = 10;

/**
 * Requests for the repositories of one owner that count against the limit. A repository of a large organisation lists
 * all of its members again.
 */
const MAX_REQUESTS = 200;

/** How far a call is. */
interface Round {
  requests: number;
  refusals: number;
  failuresInARow: number;
  /** Lists that GitHub could not answer, with what it said, by the name of the repository. */
  readonly failed: Map<string, string>;
}

/**
 * Takes in who belongs to an owner's repositories: to GitHub, a member of the organisation whose membership is private is
 * a contributor everywhere else. It costs a request a repository, 200 at the most, and nothing of the limit where nothing
 * has changed. The lists that were asked for longest ago come first, so that all are reached in turn over days. At a limit
 * it ends: the next day's call asks for what is not stored by then. A list that GitHub cannot answer, asked once more
 * after the others, is skipped and named on the connection. Whom a list lacks stays: they were inside when they did what
 * they did.
 * @returns what was skipped; null where that is nothing
 * @throws what `withRequestSlot` throws but for refusals, limits, and failures of one list
 */
export async function syncCollaborators(
  context: GitHubContext,
  input: OrganizationInput,
): Promise<CollaboratorFailures | null> {
  const teamId = BigInt(input.teamId);
  const connection = { teamId, connectionId: BigInt(input.connectionId) };
  const round: Round = { requests: 0, refusals: 0, failuresInARow: 0, failed: new Map() };
  const repositories = await readInTurn(context, connection, input.organization);
  if (await askInTurn(context, connection, repositories, round)) {
    const failed = repositories.filter((one) => round.failed.has(formatRepositoryName(one)));
    await askInTurn(context, connection, failed, round);
  }
  const failures = summarize(round);
  await withTeam(context.db, teamId, (tx) =>
    setPartialProblem(
      tx,
      connection,
      `Collaborators of ${input.organization}: `,
      failures?.reason ?? null,
    ),
  );
  return failures;
}

/** An owner's repositories: those that were never asked for, then the others by when that was. */
async function readInTurn(
  { db }: GitHubContext,
  connection: ConnectionKey,
  owner: string,
): Promise<readonly RepositoryName[]> {
  const { teamId, connectionId } = connection;
  return withTeam(db, teamId, async (tx) => {
    const repositories = await readRepositoriesOf(tx, { teamId, id: connectionId }, owner);
    const askedAt = await readAnsweredAt(tx, connection, repositories.map(collaboratorsUrl));
    const timeOf = (one: RepositoryName): number =>
      askedAt.get(collaboratorsUrl(one))?.getTime() ?? 0;
    return repositories.toSorted((a, b) => timeOf(a) - timeOf(b));
  });
}

/** Asks for one list after another; answers whether it came to the end of them. */
async function askInTurn(
  context: GitHubContext,
  connection: ConnectionKey,
  repositories: readonly RepositoryName[],
  round: Round,
): Promise<boolean> {
  for (const repository of repositories) {
    if (
      round.refusals === MAX_REFUSALS ||
      round.failuresInARow === MAX_FAILURES_IN_A_ROW ||
      round.requests >= MAX_REQUESTS
    ) {
      return false;
    }
    const name = formatRepositoryName(repository);
    try {
      await syncCollaboratorsOf(context, connection, repository, round);
      round.failed.delete(name);
      round.failuresInARow = 0;
    } catch (error) {
      if (error instanceof RetryAfter) {
        return false;
      }
      if (isFailure(error, 'FORBIDDEN', 'MISSING_SCOPE', 'NOT_FOUND')) {
        // GitHub shows them to whoever may push: with another credential the other words on who belongs have to do.
        round.refusals += 1;
        round.failuresInARow = 0;
      } else if (isFailure(error, 'TRANSIENT', 'UNEXPECTED')) {
        round.failed.set(name, error.message);
        round.failuresInARow += 1;
      } else {
        throw error;
      }
      await keepAnswer(context, connection, repository, null);
    }
  }
  return true;
}

/** Counts the requests that it takes of the limit; what does not fit into those that are left is left out. */
async function syncCollaboratorsOf(
  context: GitHubContext,
  connection: ConnectionKey,
  repository: RepositoryName,
  round: Round,
): Promise<void> {
  const { db, withRequestSlot } = context;
  const { teamId } = connection;
  // It names no repository: what the credential may not see here says nothing of the repository itself.
  const slot = { ...connection, repositoryId: null, priority: 'BACKGROUND' } as const;
  const known = await withTeam(db, teamId, (tx) =>
    readAnswered(tx, { ...connection, url: collaboratorsUrl(repository) }),
  );
  const knownEtag = known === null || known.etag === '' ? null : known.etag;
  const actors: ActorFact[] = [];
  let etag: string | null = null;
  const isFirst = round.requests === 0;
  let page = 0;
  let hasNextPage = true;
  while (hasNextPage && round.requests < MAX_REQUESTS) {
    page += 1;
    round.requests += 1;
    const asked = page;
    const { answer } = await withRequestSlot({ ...slot, resource: 'core' }, ({ members }) =>
      members.fetchCollaborators(repository, asked, asked === 1 ? knownEtag : null),
    );
    if (answer.accounts === null) {
      round.requests -= 1;
      await keepAnswer(context, connection, repository, knownEtag);
      return;
    }
    actors.push(...answer.accounts);
    ({ etag } = answer);
    hasNextPage = answer.hasNextPage && answer.accounts.length > 0;
  }
  // What was cut short by earlier lists comes first the next time; what all requests do not suffice for has had its turn.
  const isDone = !hasNextPage || isFirst;
  await keepAnswer(context, connection, repository, isDone ? etag : undefined, actors);
}

/**
 * Stores whom a list shows, and when it was asked for.
 * @param etag null where the next answer must be a full one; undefined where the list is to be asked for as if it had not been
 */
async function keepAnswer(
  { db, now }: GitHubContext,
  connection: ConnectionKey,
  repository: RepositoryName,
  etag: string | null | undefined,
  actors: readonly ActorFact[] = [],
): Promise<void> {
  await withTeam(db, connection.teamId, async (tx) => {
    if (actors.length > 0) {
      await addCollaborators(tx, connection.teamId, actors);
    }
    if (etag !== undefined) {
      await saveEtag(tx, { ...connection, url: collaboratorsUrl(repository) }, etag ?? '', now());
    }
  });
}

function summarize({ failed }: Round): CollaboratorFailures | null {
  const [first] = failed.values();
  if (first === undefined) {
    return null;
  }
  const lists = failed.size === 1 ? '1 list was' : `${failed.size} lists were`;
  return {
    failed: failed.size,
    reason: `${lists} skipped, and will be asked for again when it is their turn. ${first}`,
  };
}
