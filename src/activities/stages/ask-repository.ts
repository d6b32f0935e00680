import { readRepositoryAddress, type RepositoryKey } from '../../db/sync/repository-facts.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { QuotaFact } from '../../domain/pulls/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import type { GitHub } from '../../github/client.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { RequestSlot } from '../requests/request-slot.ts';
import type { RequestPriority } from '../requests/identity-queue.ts';
import type { StageContext } from './sync-stage.ts';

export interface RepositoryRequest extends RepositoryKey {
  readonly priority: RequestPriority;
}

/** An answer of GraphQL about a repository. */
export interface RepositoryAnswer<T> {
  readonly answer: T;
  readonly quota: QuotaFact | null;
  /** GitHub's number of the repository that answered. */
  readonly githubId: bigint;
}

export type AskRepository = <T>(
  request: RepositoryRequest,
  ask: (github: GitHub, repository: RepositoryName) => Promise<RepositoryAnswer<T>>,
) => Promise<RequestSlot<T>>;

/**
 * Asks GraphQL about a repository by the name that it was last seen under. A name that leads to another repository
 * counts as not found.
 * @throws GitHubFailure and DomainError as `withRequestSlot`; DomainError NOT_FOUND for a repository that was removed
 */
export function createAskRepository(context: StageContext): AskRepository {
  return async (request, ask) => {
    const { teamId, repositoryId, priority } = request;
    const known = await withTeam(context.db, teamId, (tx) => readRepositoryAddress(tx, request));
    if (known === null) {
      throw new DomainError('NOT_FOUND', 'The repository is not known: it was removed.');
    }
    const { connectionId, githubId: expected } = known;
    const scope = { teamId, repositoryId, connectionId, priority, resource: 'graphql' } as const;
    return context.withRequestSlot(scope, async (github) => {
      const { answer, quota, githubId } = await ask(github, known);
      if (githubId !== expected) {
        throw new GitHubFailure(
          'NOT_FOUND',
          `${formatRepositoryName(known)} is another repository on GitHub now: the one that was synced is gone. Its data are kept; start a backfill of the name to sync the new one.`,
        );
      }
      return { answer, quota };
    });
  };
}
