import type { DbTransaction } from '../../db/core/client.ts';
import { orderByTries } from '../../db/sync/dead-letter-numbers.ts';
import { storeNumbered, type StoredByNumber } from '../../db/sync/numbered-pull-requests.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { TOO_HEAVY } from '../../domain/sync/dead-letter.ts';
import type { RepositoryName } from '../../domain/sync/repository-name.ts';
import type { GitHub } from '../../github/client.ts';
import type { NumberedPullRequests } from '../../github/pulls/pull-requests-by-number.ts';
import { GitHubFailure, isFailure } from '../../github/transport/failures.ts';
import type { PageDetail } from '../../github/pulls/pull-request-query.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { askRepository, type RepositoryRequest } from '../stages/ask-repository.ts';

/** Numbers of one request: with all that is nested in them, a small page of a sync. */
export const NUMBERS_PER_REQUEST = 25;

/**
 * Pull requests of one call that may be too much for GitHub even alone and without their lists. Each takes up to four
 * requests, and each of these half a minute: many of them would outlast the activity's ten minutes.
 */
const MAX_GIVEN_UP = 3;

export interface NumbersRequest extends RepositoryRequest {
  readonly numbers: readonly number[];
  /** Requests after which the remaining numbers are left; no bound unless given. */
  readonly maxRequests?: number;
  /** Asks also for those that were too much for GitHub within the last half hour: it is their turn. */
  readonly asksForAll?: boolean;
  /** Runs in the transaction of each request's rows, with what was asked for and the points that it cost. */
  readonly onStored?: (
    tx: DbTransaction,
    done: StoredByNumber,
    asked: AskedNumbers,
  ) => Promise<void>;
  /** Called before a failure is thrown, with the numbers that were asked for in vain. */
  readonly onFailed?: (error: unknown, numbers: readonly number[]) => Promise<void>;
}

/** A request for pull requests by their numbers. */
export interface AskedNumbers {
  readonly numbers: readonly number[];
  /** What it cost of GitHub's limit; 0 where GitHub did not say it. */
  readonly points: number;
}

/**
 * Fetches pull requests by their numbers and stores them as a sync does. Those that GitHub says are gone are set deleted;
 * those that were set deleted and are there again are restored. What is too much for GitHub is asked for in halves, a
 * single one without its lists, and dead-lettered when even that is too much, or when its number alone is and GitHub
 * answers for the repository. Those that were too much a short while ago are left to a later sync, so that a call that is
 * repeated reaches the others. Each request is a transaction: a rate limit
 * in between leaves what is stored, and doing it again changes nothing.
 * @throws what `withRequestSlot` throws; nothing is set deleted then. TRANSIENT also where numbers are left after three
 * that were too much
 */
export async function storePullRequestsByNumber(
  context: GitHubContext,
  request: NumbersRequest,
): Promise<StoredByNumber> {
  const wanted = await numbersToAsk(context, request);
  const chunks = chunked(wanted, NUMBERS_PER_REQUEST).map(whole);
  const sum = { repaired: 0, removed: 0 };
  let givenUp = 0;
  let tooHeavy: GitHubFailure | null = null;
  let requestsLeft = request.maxRequests ?? Infinity;
  for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
    const { numbers, detail } = chunk;
    if (requestsLeft === 0) {
      break;
    }
    if (givenUp === MAX_GIVEN_UP && tooHeavy !== null) {
      throw tooHeavy;
    }
    requestsLeft -= 1;
    try {
      const found = await ask(context, request, (github, repository) =>
        github.fetchPullRequests({ repository, numbers, detail }),
      );
      context.logUnknownWords(found.pullRequests.flatMap(({ gaps }) => gaps));
      const done = await store(context, request, numbers, found);
      sum.repaired += done.repaired;
      sum.removed += done.removed;
      givenUp += detail === 'NUMBERS' ? 1 : 0;
    } catch (error) {
      const isTooHeavy = error instanceof GitHubFailure && error.isTooHeavy;
      tooHeavy = isTooHeavy ? error : tooHeavy;
      if (isTooHeavy && detail === 'NUMBERS' && (await giveUp(context, request, numbers))) {
        givenUp += 1;
        continue;
      }
      if (!isTooHeavy || detail === 'NUMBERS') {
        await request.onFailed?.(error, numbers);
        throw error;
      }
      if (numbers.length === 1) {
        chunks.unshift({ numbers, detail: detail === 'WHOLE' ? 'SCALARS' : 'NUMBERS' });
      } else {
        chunks.unshift(...chunked(numbers, Math.ceil(numbers.length / 2)).map(whole));
      }
    }
  }
  return sum;
}

function numbersToAsk(
  { db, now }: GitHubContext,
  request: NumbersRequest,
): readonly number[] | Promise<readonly number[]> {
  const { teamId, numbers, asksForAll = false } = request;
  return asksForAll
    ? numbers
    : withTeam(db, teamId, (tx) => orderByTries(tx, request, numbers, now()));
}

/** Asks GitHub for what belongs to the repository that it answers with. */
function ask<Answer extends Pick<NumberedPullRequests, 'repository' | 'quota'>>(
  context: GitHubContext,
  request: NumbersRequest,
  question: (github: GitHub, repository: RepositoryName) => Promise<Answer>,
): Promise<Answer> {
  return askRepository(context, request, async (github, repository) => {
    const answer = await question(github, repository);
    return { ...answer, githubId: answer.repository.githubId };
  });
}

function store(
  context: GitHubContext,
  request: NumbersRequest,
  numbers: readonly number[],
  found: NumberedPullRequests,
): Promise<StoredByNumber> {
  const { teamId, repositoryId } = request;
  return withTeam(context.db, teamId, async (tx) => {
    const syncedAt = context.now();
    const stored = await storeNumbered(tx, { ...found, teamId, repositoryId, syncedAt });
    await request.onStored?.(tx, stored, { numbers, points: found.quota?.cost ?? 0 });
    return stored;
  });
}

/**
 * Dead-letters pull requests of which not even the numbers come, where GitHub answers for their repository.
 * @returns false when it does not: GitHub is in trouble then, not the pull requests
 */
async function giveUp(
  context: GitHubContext,
  request: NumbersRequest,
  numbers: readonly number[],
): Promise<boolean> {
  let found: Awaited<ReturnType<GitHub['lookUpRepository']>>;
  try {
    found = await ask(context, request, (github, repository) =>
      github.lookUpRepository(repository),
    );
  } catch (error) {
    if (isFailure(error, 'TRANSIENT', 'UNEXPECTED')) {
      return false;
    }
    throw error;
  }
  const reason = 'GitHub could not answer for this pull request in time, not even for its number.';
  const rejected = numbers.map((number) => ({
    naturalKey: String(number),
    reasonCode: TOO_HEAVY,
    reason,
  }));
  await store(context, request, numbers, { ...found, rejected, pullRequests: [], gone: [] });
  return true;
}

/** Numbers of one request, and how much is asked for of each. */
interface Chunk {
  readonly numbers: readonly number[];
  readonly detail: PageDetail;
}

function whole(numbers: readonly number[]): Chunk {
  return { numbers, detail: 'WHOLE' };
}

function chunked(numbers: readonly number[], size: number): (readonly number[])[] {
  const chunks: (readonly number[])[] = [];
  for (let start = 0; start < numbers.length; start += size) {
    chunks.push(numbers.slice(start, start + size));
  }
  return chunks;
}
