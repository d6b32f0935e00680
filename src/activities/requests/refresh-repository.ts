import { readEtag, saveEtag } from '../../db/connections/github-etags.ts';
import type { RepositoryKey } from '../../db/core/keys.ts';
import {
  readRepositoryAddress,
  saveRepositoryFact,
  type RepositoryAddress,
} from '../../db/sync/repository-facts.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { isFailure } from '../../github/transport/failures.ts';
import type { RepositoryByIdAnswer } from '../../github/sync/repository-by-id.ts';
import type { RequestPriority } from './identity-queue.ts';
import type { GitHubContext } from './request-slot.ts';
import type { SyncActivityDependencies } from './sync-dependencies.ts';

/** How a repository stands on GitHub now; its row says the same. */
export type RefreshedRepository =
  | { readonly state: 'THERE'; readonly repository: RepositoryName; readonly isRenamed: boolean }
  | { readonly state: 'GONE' | 'FORBIDDEN'; readonly reason: string };

export interface RefreshRequest extends RepositoryKey {
  readonly priority: RequestPriority;
  /** Asks for all of it, also when GitHub has said before that nothing changed. */
  readonly isForced: boolean;
}

/**
 * Asks GitHub for a repository by its GitHub id and updates the row: name, owner, visibility, archive and default
 * branch; one that is gone or blocked gets the state and the sentence that an admin needs. It is one request, which
 * costs nothing while nothing changed.
 * @throws RetryAfter; GitHubFailure of other kinds than NOT_FOUND and FORBIDDEN; DomainError NOT_FOUND,
 * GITHUB_NOT_CONNECTED
 */
export async function refreshRepository(
  context: Omit<GitHubContext, 'withRequestSlot'>,
  request: RefreshRequest,
): Promise<RefreshedRepository> {
  const { teamId, repositoryId, priority } = request;
  const { known, etag } = await withTeam(context.db, teamId, async (tx) => {
    const address = await readRepositoryAddress(tx, request);
    if (address === null) {
      throw new DomainError('NOT_FOUND', 'The repository is not known: it was removed.');
    }
    const etagKey = keyOf(request, address);
    return { known: address, etag: request.isForced ? null : await readEtag(tx, etagKey) };
  });
  const { connectionId, githubId } = known;
  const scope = { teamId, connectionId, repositoryId, resource: 'core', priority } as const;
  try {
    const answer = await context.askOnce(scope, (github) =>
      github.fetchRepositoryById({ githubId, knownAs: formatRepositoryName(known), etag }),
    );
    return await save(context, request, known, answer);
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND', 'FORBIDDEN')) {
      return { state: error.kind === 'NOT_FOUND' ? 'GONE' : 'FORBIDDEN', reason: error.message };
    }
    throw error;
  }
}

async function save(
  { db, now }: SyncActivityDependencies,
  request: RefreshRequest,
  known: RepositoryAddress,
  { repository, etag }: RepositoryByIdAnswer,
): Promise<RefreshedRepository> {
  await withTeam(db, request.teamId, async (tx) => {
    await saveRepositoryFact(tx, request, repository);
    if (etag !== null && repository !== null) {
      await saveEtag(tx, keyOf(request, known), etag, now());
    }
  });
  const { owner, name } = repository ?? known;
  return {
    state: 'THERE',
    repository: { owner, name },
    isRenamed: owner !== known.owner || name !== known.name,
  };
}

function keyOf({ teamId }: RepositoryKey, { connectionId, githubId }: RepositoryAddress) {
  return { teamId, connectionId, url: `/repositories/${githubId}` };
}
