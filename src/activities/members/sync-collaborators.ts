import type { OrganizationInput } from '../../contracts/members.ts';
import { readEtag, saveEtag } from '../../db/connections/github-etags.ts';
import { addCollaborators, readRepositoriesOf } from '../../db/members/organization-members.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { ActorFact } from '../../domain/members/actor.ts';
import type { RepositoryName } from '../../domain/sync/repository-name.ts';
import { collaboratorsUrl } from '../../github/members/members.ts';
import { isFailure } from '../../github/transport/failures.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { RetryAfter } from '../core/retry-after.ts';

/** After so many repositories of an owner whose collaborators the credential may not see, no other is asked for. */
const MAX_REFUSALS = 3;

/**
 * Requests for the repositories of one owner that count against the limit. A repository of a large organisation lists
 * all of its members again.
 */
const MAX_REQUESTS = 200;

/**
 * Takes in who belongs to an owner's repositories: to GitHub, a member of the organisation whose membership is private is
 * a contributor everywhere else. It costs a request a repository, 200 at the most, and nothing of the limit where nothing
 * has changed. At a limit it ends: the next day's call asks for what is not stored by then. Whom a list lacks stays: they
 * were inside when they did what they did.
 * @throws what `withRequestSlot` throws but for refusals and limits
 */
export async function syncCollaborators(
  context: GitHubContext,
  input: OrganizationInput,
): Promise<void> {
  const teamId = BigInt(input.teamId);
  const connection = { teamId, id: BigInt(input.connectionId) };
  const repositories = await withTeam(context.db, teamId, (tx) =>
    readRepositoriesOf(tx, connection, input.organization),
  );
  let refusals = 0;
  let requests = 0;
  for (const repository of repositories) {
    try {
      requests += await syncCollaboratorsOf(
        context,
        connection,
        repository,
        MAX_REQUESTS - requests,
      );
    } catch (error) {
      if (error instanceof RetryAfter) {
        return;
      }
      // GitHub shows them to whoever may push: with another credential the other words on who belongs have to do.
      if (!isFailure(error, 'FORBIDDEN', 'MISSING_SCOPE', 'NOT_FOUND')) {
        throw error;
      }
      refusals += 1;
      requests += 1;
    }
    if (refusals === MAX_REFUSALS || requests >= MAX_REQUESTS) {
      return;
    }
  }
}

/** Answers how many requests it took of the limit; what did not fit into `maxRequests` of them is left out. */
async function syncCollaboratorsOf(
  { db, now, withRequestSlot }: GitHubContext,
  { teamId, id: connectionId }: { readonly teamId: bigint; readonly id: bigint },
  repository: RepositoryName,
  maxRequests: number,
): Promise<number> {
  // It names no repository: what the credential may not see here says nothing of the repository itself.
  const slot = { teamId, connectionId, repositoryId: null, priority: 'BACKGROUND' } as const;
  const key = { teamId, connectionId, url: collaboratorsUrl(repository) };
  const known = await withTeam(db, teamId, (tx) => readEtag(tx, key));
  const actors: ActorFact[] = [];
  let etag: string | null = null;
  let page = 0;
  let hasNextPage = true;
  while (hasNextPage && page < maxRequests) {
    page += 1;
    const asked = page;
    const { answer } = await withRequestSlot({ ...slot, resource: 'core' }, ({ members }) =>
      members.fetchCollaborators(repository, asked, asked === 1 ? known : null),
    );
    if (answer.accounts === null) {
      return 0;
    }
    actors.push(...answer.accounts);
    ({ etag } = answer);
    hasNextPage = answer.hasNextPage && answer.accounts.length > 0;
  }
  await withTeam(db, teamId, async (tx) => {
    await addCollaborators(tx, teamId, actors);
    if (etag !== null) {
      await saveEtag(tx, key, etag, now());
    }
  });
  return page;
}
