import type { PullRequestFact, RejectedFact } from '../../domain/pulls/github-facts.ts';
import type { DbTransaction } from '../core/client.ts';
import { resolvePullRequests, storeDeadLetters } from './dead-letters.ts';
import { openNestedLists, readSettled } from './nested-lists.ts';
import {
  storePullRequests,
  type StoredCounts,
  type StorePullRequestsInput,
} from '../pulls/pull-requests.ts';
import { dataRefusal } from '../core/sql-state.ts';

/** Enough of a reason to find the value. */
const MAX_REASON_CHARACTERS = 500;

/** The parts in which pull requests were stored, and those that PostgreSQL refuses. */
interface StoredParts {
  readonly counts: StoredCounts[];
  readonly stored: PullRequestFact[];
  /** Those of them that may have been stored before, with lists that were being read. */
  readonly known: PullRequestFact[];
  readonly refused: RejectedFact[];
}

/**
 * Stores pull requests; what PostgreSQL refuses is found by halves, so that the neighbours of a row that it cannot take
 * are stored.
 * @param parts what was done is added to it
 * @throws every failure that the values are not to blame for
 */
async function storeOrRefuse(
  tx: DbTransaction,
  input: StorePullRequestsInput,
  parts: StoredParts,
): Promise<void> {
  const { pullRequests } = input;
  await tx.$executeRaw`SAVEPOINT part_of_page`;
  try {
    const counts = await storePullRequests(tx, input);
    await tx.$executeRaw`RELEASE SAVEPOINT part_of_page`;
    parts.counts.push(counts);
    parts.stored.push(...pullRequests);
    if (counts.inserted < pullRequests.length) {
      parts.known.push(...pullRequests);
    }
  } catch (error) {
    const refusal = dataRefusal(error);
    if (refusal === null) {
      throw error;
    }
    await tx.$executeRaw`ROLLBACK TO SAVEPOINT part_of_page`;
    const [only, ...others] = pullRequests;
    if (only !== undefined && others.length === 0) {
      const reason = `PostgreSQL refuses it: ${refusal}`.slice(0, MAX_REASON_CHARACTERS);
      parts.refused.push({ naturalKey: String(only.number), reasonCode: 'REFUSED', reason });
      return;
    }
    const middle = Math.ceil(pullRequests.length / 2);
    for (const half of [pullRequests.slice(0, middle), pullRequests.slice(middle)]) {
      await storeOrRefuse(tx, { ...input, pullRequests: half }, parts);
    }
  }
}

export interface StoreFactsInput extends StorePullRequestsInput {
  /** The sync that fetched them; none where no sync did. */
  readonly syncRunId?: bigint;
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
  const parts: StoredParts = { counts: [], stored: [], known: [], refused: [] };
  await storeOrRefuse(tx, { ...input, pullRequests }, parts);
  const known = new Set(parts.known);
  await openNestedLists(
    tx,
    input,
    parts.stored.filter((fact) => fact.unread.length > 0 || known.has(fact)),
  );
  const rejected = [...input.rejected, ...parts.refused];
  const whole = parts.stored.filter(({ unread }) => unread.length === 0);
  const seenAt = input.syncedAt;
  const entity = 'pull_request';
  await storeDeadLetters(tx, { ...input, entity, rejected, readable: [], seenAt });
  const numbers = whole.map(({ number }) => number);
  await resolvePullRequests(tx, input, numbers);
  const sum = (pick: (counts: StoredCounts) => number): number =>
    parts.counts.reduce((total, counts) => total + pick(counts), 0);
  return {
    inserted: sum(({ inserted }) => inserted),
    updated: sum(({ updated }) => updated),
    unchanged: sum(({ unchanged }) => unchanged),
    childrenIn: sum(({ childrenIn }) => childrenIn),
    childrenWritten: sum(({ childrenWritten }) => childrenWritten),
    changed: parts.counts.flatMap(({ changed }) => changed),
    settled: settled.size,
    rejected,
  };
}
