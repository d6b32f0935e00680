import type { PullRequestFact, RejectedFact } from '../../domain/pulls/github-facts.ts';
import type { DbTransaction } from '../core/client.ts';
import { storeDeadLetters } from './dead-letters.ts';
import { openNestedLists, readSettled } from './nested-lists.ts';
import {
  storePullRequests,
  type StoredCounts,
  type StorePullRequestsInput,
} from '../pulls/pull-requests.ts';
import { dataRefusal } from '../core/sql-state.ts';

/** Enough of a reason to find the value. */
const MAX_REASON_CHARACTERS = 500;

interface StoredOrRefused extends StoredCounts {
  readonly stored: readonly PullRequestFact[];
  readonly refused: readonly RejectedFact[];
}

/**
 * Stores pull requests; what PostgreSQL refuses is found by halves, so that the neighbours of a row that it cannot take
 * are stored.
 * @throws every failure that the values are not to blame for
 */
async function storeOrRefuse(
  tx: DbTransaction,
  input: StorePullRequestsInput,
): Promise<StoredOrRefused> {
  const { pullRequests } = input;
  await tx.$executeRaw`SAVEPOINT part_of_page`;
  try {
    const counts = await storePullRequests(tx, input);
    await tx.$executeRaw`RELEASE SAVEPOINT part_of_page`;
    return { ...counts, stored: pullRequests, refused: [] };
  } catch (error) {
    const refusal = dataRefusal(error);
    if (refusal === null) {
      throw error;
    }
    await tx.$executeRaw`ROLLBACK TO SAVEPOINT part_of_page`;
    const [only, ...others] = pullRequests;
    if (only !== undefined && others.length === 0) {
      const reason = `PostgreSQL refuses it: ${refusal}`.slice(0, MAX_REASON_CHARACTERS);
      const refused = [{ naturalKey: String(only.number), reasonCode: 'REFUSED', reason }];
      return { ...NOTHING, refused };
    }
    const middle = Math.ceil(pullRequests.length / 2);
    const first = await storeOrRefuse(tx, {
      ...input,
      pullRequests: pullRequests.slice(0, middle),
    });
    const second = await storeOrRefuse(tx, { ...input, pullRequests: pullRequests.slice(middle) });
    return add(first, second);
  }
}

const NOTHING: StoredOrRefused = {
  inserted: 0,
  updated: 0,
  unchanged: 0,
  childrenIn: 0,
  childrenWritten: 0,
  changed: [],
  stored: [],
  refused: [],
};

function add(a: StoredOrRefused, b: StoredOrRefused): StoredOrRefused {
  return {
    inserted: a.inserted + b.inserted,
    updated: a.updated + b.updated,
    unchanged: a.unchanged + b.unchanged,
    childrenIn: a.childrenIn + b.childrenIn,
    childrenWritten: a.childrenWritten + b.childrenWritten,
    changed: [...a.changed, ...b.changed],
    stored: [...a.stored, ...b.stored],
    refused: [...a.refused, ...b.refused],
  };
}

export interface StoreFactsInput extends StorePullRequestsInput {
  readonly rejected: readonly RejectedFact[];
}

/** What storing facts did, with those that were left as they are, and all that are dead letters now. */
export interface StoredFacts extends StoredCounts {
  readonly settled: number;
  readonly rejected: readonly RejectedFact[];
}

/**
 * Stores pull requests that are not settled, opens their long lists, dead-letters those that could not be read or
 * stored, and resolves those that could be this time.
 */
export async function storeFacts(tx: DbTransaction, input: StoreFactsInput): Promise<StoredFacts> {
  const settled = await readSettled(tx, input, input.pullRequests);
  const pullRequests = input.pullRequests.filter(({ number }) => !settled.has(number));
  const { stored, refused, ...counts } = await storeOrRefuse(tx, { ...input, pullRequests });
  await openNestedLists(tx, input, stored);
  const rejected = [...input.rejected, ...refused];
  const whole = stored.filter(({ unread }) => unread.length === 0);
  const readable = whole.map(({ number }) => String(number));
  const seenAt = input.syncedAt;
  await storeDeadLetters(tx, { ...input, entity: 'pull_request', rejected, readable, seenAt });
  return { ...counts, settled: settled.size, rejected };
}
