import { readEtag, saveEtag } from '../../db/connections/github-etags.ts';
import {
  readRepositoryAddress,
  saveRepositoryFact,
  type RepositoryAddress,
  type RepositoryKey,
} from '../../db/sync/repository-facts.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { RepositoryByIdAnswer } from '../../github/sync/repository-by-id.ts';
import { createAskOnce, type RequestSlot } from './request-slot.ts';
import type { RequestPriority } from './identity-queue.ts';
import type { SyncActivityContext } from './sync-dependencies.ts';

/** How a repository stands on GitHub now; its row says the same. */
export type RefreshedRepository =
  | { readonly state: 'THERE'; readonly repository: RepositoryName; readonly isRenamed: boolean }
  | { readonly state: 'GONE' | 'FORBIDDEN'; readonly reason: string };

export interface RefreshRequest extends RepositoryKey {
  readonly priority: RequestPriority;
  /** Asks for all of it, also when GitHub has said before that nothing changed. */
  readonly isForced: boolean;
}

export type RefreshRepository = (
  request: RefreshRequest,
) => Promise<RequestSlot<RefreshedRepository>>;

/**
 * Asks GitHub for a repository by its GitHub id and updates the row: name, owner, visibility, archive and default
 * branch; one that is gone or blocked gets the state and the sentence that an admin needs. It is one request, which
 * costs nothing while nothing changed.
 * @throws GitHubFailure of other kinds than NOT_FOUND and FORBIDDEN; DomainError NOT_FOUND, GITHUB_NOT_CONNECTED
 */
export function createRefreshRepository(context: SyncActivityContext): RefreshRepository {
  const { db, now } = context;
  const askOnce = createAskOnce(context);

  async function save(
    request: RefreshRequest,
    known: RepositoryAddress,
    answer: RepositoryByIdAnswer,
  ): Promise<RefreshedRepository> {
    const { repository, etag } = answer;
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

  return async (request) => {
    const { teamId, repositoryId, priority } = request;
    const { known, etag } = await withTeam(db, teamId, async (tx) => {
      const address = await readRepositoryAddress(tx, request);
      if (address === null) {
        throw new DomainError('NOT_FOUND', 'The repository is not known: it was removed.');
      }
      const etagKey = keyOf(request, address);
      return { known: address, etag: request.isForced ? null : await readEtag(tx, etagKey) };
    });
    const { connectionId, githubId } = known;
    try {
      const slot = await askOnce(
        { teamId, connectionId, repositoryId, resource: 'core', priority },
        async (github) => {
          const knownAs = formatRepositoryName(known);
          const answer = await github.fetchRepositoryById({ githubId, knownAs, etag });
          return { answer, quota: answer.quota };
        },
      );
      return slot.ready ? { ready: true, answer: await save(request, known, slot.answer) } : slot;
    } catch (error) {
      if (error instanceof GitHubFailure && error.kind === 'NOT_FOUND') {
        return { ready: true, answer: { state: 'GONE', reason: error.message } };
      }
      if (error instanceof GitHubFailure && error.kind === 'FORBIDDEN') {
        return { ready: true, answer: { state: 'FORBIDDEN', reason: error.message } };
      }
      throw error;
    }
  };
}

function keyOf({ teamId }: RepositoryKey, { connectionId, githubId }: RepositoryAddress) {
  return { teamId, connectionId, url: `/repositories/${githubId}` };
}
