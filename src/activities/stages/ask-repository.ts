import type { RepositoryKey } from '../../db/core/keys.ts';
import { readRepositoryAddress } from '../../db/sync/repository-facts.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import type { GitHub } from '../../github/client.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { GitHubContext, WithQuota } from '../requests/request-slot.ts';
import type { RequestPriority } from '../requests/identity-queue.ts';

export interface RepositoryRequest extends RepositoryKey {
  readonly priority: RequestPriority;
}

/** An answer of GraphQL about a repository. */
export interface RepositoryAnswer extends WithQuota {
  /** GitHub's number of the repository that answered. */
  readonly githubId: bigint;
}

/**
 * Asks GraphQL about a repository by the name that it was last seen under. A name that leads to another repository
 * counts as not found.
 * @throws what `withRequestSlot` throws; DomainError NOT_FOUND for a repository that was removed
 */
export async function askRepository<T extends RepositoryAnswer>(
  context: GitHubContext,
  request: RepositoryRequest,
  ask: (github: GitHub, repository: RepositoryName) => Promise<T>,
): Promise<T> {
  const { teamId, repositoryId, priority } = request;
  const known = await withTeam(context.db, teamId, (tx) => readRepositoryAddress(tx, request));
  if (known === null) {
    throw new DomainError('NOT_FOUND', 'The repository is not known: it was removed.');
  }
  const { connectionId } = known;
  const scope = { teamId, repositoryId, connectionId, priority, resource: 'graphql' } as const;
  return context.withRequestSlot(scope, async (github) => {
    const answer = await ask(github, known);
    requireSameRepository(known, answer.githubId);
    return answer;
  });
}

/** @throws GitHubFailure NOT_FOUND when another repository has the name of the one that was synced */
export function requireSameRepository(
  known: RepositoryName & { readonly githubId: bigint },
  githubId: bigint,
): void {
  if (githubId !== known.githubId) {
    throw new GitHubFailure(
      'NOT_FOUND',
      `${formatRepositoryName(known)} is another repository on GitHub now: the one that was synced is gone. Its data are kept; start a backfill of the name to sync the new one.`,
    );
  }
}
