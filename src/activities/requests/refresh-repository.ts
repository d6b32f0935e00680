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
import { createAskOnce, type Turn } from './ask-in-turn.ts';
import type { TurnPriority } from './github-lane.ts';
import type { SyncActivityContext } from './sync-dependencies.ts';

/** How a repository stands on GitHub now; its row says the same. */
export type RefreshedRepository =
  | { readonly state: 'THERE'; readonly repository: RepositoryName; readonly isRenamed: boolean }
  | { readonly state: 'GONE' | 'FORBIDDEN'; readonly reason: string };

export interface RefreshWish extends RepositoryKey {
  readonly priority: TurnPriority;
  /** Asks for all of it, also when GitHub has said before that nothing changed. */
  readonly isForced: boolean;
}

export type RefreshRepository = (wish: RefreshWish) => Promise<Turn<RefreshedRepository>>;

/**
 * Asks GitHub for a repository by its number and lets the row follow: name, owner, visibility, archive and default
 * branch; one that is gone or blocked gets the state and the sentence that an admin needs. One request; it costs
 * nothing while nothing changed.
 * @throws GitHubFailure of other kinds than NOT_FOUND and FORBIDDEN; DomainError NOT_FOUND, GITHUB_NOT_CONNECTED
 */
export function createRefreshRepository(context: SyncActivityContext): RefreshRepository {
  const { db, now } = context;
  const askOnce = createAskOnce(context);

  async function save(
    wish: RefreshWish,
    known: RepositoryAddress,
    answer: RepositoryByIdAnswer,
  ): Promise<RefreshedRepository> {
    const { repository, etag } = answer;
    await withTeam(db, wish.teamId, async (tx) => {
      await saveRepositoryFact(tx, wish, repository);
      if (etag !== null && repository !== null) {
        await saveEtag(tx, keyOf(wish, known), etag, now());
      }
    });
    const { owner, name } = repository ?? known;
    return {
      state: 'THERE',
      repository: { owner, name },
      isRenamed: owner !== known.owner || name !== known.name,
    };
  }

  return async (wish) => {
    const { teamId, repositoryId, priority } = wish;
    const { known, etag } = await withTeam(db, teamId, async (tx) => {
      const address = await readRepositoryAddress(tx, wish);
      if (address === null) {
        throw new DomainError('NOT_FOUND', 'The repository is not known: it was removed.');
      }
      const etagKey = keyOf(wish, address);
      return { known: address, etag: wish.isForced ? null : await readEtag(tx, etagKey) };
    });
    const { connectionId, githubId } = known;
    try {
      const turn = await askOnce(
        { teamId, connectionId, repositoryId, resource: 'core', priority },
        async (github) => {
          const knownAs = formatRepositoryName(known);
          const answer = await github.fetchRepositoryById({ githubId, knownAs, etag });
          return { answer, quota: answer.quota };
        },
      );
      return turn.ready ? { ready: true, answer: await save(wish, known, turn.answer) } : turn;
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
