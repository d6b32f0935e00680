import type { DbTransaction } from '../db/client.ts';
import { storeNumbered, type StoredByNumber } from '../db/numbered-pull-requests.ts';
import { withTeam } from '../db/team-transaction.ts';
import { GitHubFailure } from '../github/failures.ts';
import type { NumberedPullRequests } from '../github/pull-requests-by-number.ts';
import { createAskRepository, type RepositoryWish } from './ask-repository.ts';
import type { Turn } from './ask-in-turn.ts';
import type { StageContext } from './sync-stage.ts';

/** Numbers of one request: with all that is nested in them, a small page of a walk. */
const NUMBERS_A_REQUEST = 25;

export interface NumbersWish extends RepositoryWish {
  readonly numbers: readonly number[];
  /** Runs in the transaction of each request's rows. */
  readonly onStored?: (tx: DbTransaction, done: StoredByNumber) => Promise<void>;
}

export type StorePullRequestsByNumber = (wish: NumbersWish) => Promise<Turn<StoredByNumber>>;

/**
 * Fetches pull requests by their numbers and stores them as a walk does; those that GitHub says are gone are marked, and
 * those that were marked and are there again are not any more. Each request is a transaction: a limit in between leaves
 * what is stored, and a second time changes nothing.
 * @throws GitHubFailure and DomainError as `askInTurn`; nothing is marked as gone then
 */
export function createStorePullRequestsByNumber(context: StageContext): StorePullRequestsByNumber {
  const { db, now } = context;
  const askRepository = createAskRepository(context);

  async function store(wish: NumbersWish, found: NumberedPullRequests): Promise<StoredByNumber> {
    const { teamId, repositoryId } = wish;
    return withTeam(db, teamId, async (tx) => {
      const done = await storeNumbered(tx, { ...found, teamId, repositoryId, syncedAt: now() });
      await wish.onStored?.(tx, done);
      return done;
    });
  }

  return async (wish) => {
    const { teamId, repositoryId, priority } = wish;
    const place = { teamId, repositoryId, priority };
    const chunks = chunked(wish.numbers, NUMBERS_A_REQUEST);
    const sum = { healed: 0, removed: 0 };
    for (let numbers = chunks.shift(); numbers !== undefined; numbers = chunks.shift()) {
      const asked = numbers;
      try {
        const turn = await askRepository(place, async (github, repository) => {
          const answer = await github.fetchPullRequests({ repository, numbers: asked });
          return { answer, quota: answer.quota, githubId: answer.repository.githubId };
        });
        if (!turn.ready) {
          return turn;
        }
        const { healed, removed } = await store(wish, turn.answer);
        sum.healed += healed;
        sum.removed += removed;
      } catch (error) {
        if (!(error instanceof GitHubFailure && error.isTooHeavy) || asked.length === 1) {
          throw error;
        }
        chunks.unshift(...chunked(asked, Math.ceil(asked.length / 2)));
      }
    }
    return { ready: true, answer: sum };
  };
}

function chunked(numbers: readonly number[], size: number): (readonly number[])[] {
  const chunks: (readonly number[])[] = [];
  for (let start = 0; start < numbers.length; start += size) {
    chunks.push(numbers.slice(start, start + size));
  }
  return chunks;
}
