import type { ActorFact } from '../../domain/members/actor.ts';
import type {
  NestedFacts,
  NestedListName,
  PullRequestFact,
} from '../../domain/pulls/github-facts.ts';
import { computePhases, type PhaseInput } from '../../domain/pulls/pull-request-phases.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import { bulkUpsert, type BulkUpsertResult } from '../bulk/bulk-upsert.ts';
import { deleteMissingChildren } from '../bulk/children.ts';
import type { DbTransaction } from '../core/client.ts';
import { upsertMembers, type CountedMember } from '../members/members.ts';
import {
  AI_SIGNAL,
  CHECK_RUN,
  COMMENT,
  COMMIT,
  EVENT,
  FILE,
  LABEL,
  PULL_REQUEST,
  REVIEW,
} from './pull-request-tables.ts';
import {
  changedMemberWeeks,
  markMemberWeeksDirty,
  readTouchedMemberWeeks,
} from '../rollups/dirty-marks.ts';
import type { TableDescriptor } from '../bulk/table-descriptor.ts';

export interface StorePullRequestsInput {
  readonly teamId: bigint;
  readonly repositoryId: bigint;
  readonly pullRequests: readonly PullRequestFact[];
  readonly syncedAt: Date;
}

/** Stage counts of one write; pull requests add up to what came in. */
export interface StoredCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly childrenIn: number;
  readonly childrenWritten: number;
  /** Ids of pull requests that were written, or anything nested in them. */
  readonly changed: readonly bigint[];
}

/** Ids and stored update times of a page's pull requests, by number. */
type StoredPullRequests = ReadonlyMap<number, { readonly id: bigint; readonly updatedAt: Date }>;

/**
 * Writes pull requests with everything nested in them, and marks the cells (a member's week) whose numbers may have moved.
 * Writing the same again changes nothing and marks nothing. Must run inside the transaction that moves the cursor.
 */
export async function storePullRequests(
  tx: DbTransaction,
  input: StorePullRequestsInput,
): Promise<StoredCounts> {
  const { teamId, pullRequests } = input;
  const members = await upsertMembers(tx, teamId, pullRequests);
  const memberOf = (githubId: bigint): CountedMember => {
    const member = members.get(githubId);
    if (member === undefined) {
      throw new Error(`account ${githubId} was written but not read back`);
    }
    return member;
  };
  const memberId = (githubId: bigint): bigint => memberOf(githubId).id;
  const before = await readStored(tx, input);
  const memberWeeksBefore = await readTouchedMemberWeeks(tx, teamId, ids(before));
  const written = await bulkUpsert(
    tx,
    PULL_REQUEST,
    teamId,
    pullRequests.map((fact) => ({
      fact,
      phases: computePhases(asMembers(fact, memberOf)),
      repositoryId: input.repositoryId,
      authorId: memberId(fact.author.githubId),
      mergedById: fact.mergedBy === null ? null : memberId(fact.mergedBy.githubId),
      syncedAt: input.syncedAt,
    })),
  );
  const areNew = written.inserted === pullRequests.length;
  const stored = areNew ? insertedIn(written, input) : await readStored(tx, input);
  const current = pullRequests.flatMap((fact) => {
    const row = stored.get(fact.number);
    return row === undefined || row.updatedAt > fact.updatedAt
      ? []
      : [{ fact, pullRequestId: row.id }];
  });
  const children = await storeChildren(tx, teamId, current, memberId, areNew);
  const changed = new Set([
    ...written.changed.map((row) => BigInt(row['id'] ?? '')),
    ...children.changedPullRequests,
  ]);
  const memberWeeksAfter = await readTouchedMemberWeeks(tx, teamId, [...changed]);
  await markMemberWeeksDirty(
    tx,
    teamId,
    changedMemberWeeks(changed, memberWeeksBefore, memberWeeksAfter),
  );
  return {
    inserted: written.inserted,
    updated: written.updated,
    unchanged: written.unchanged,
    childrenIn: children.rowsIn,
    childrenWritten: children.rowsWritten,
    changed: [...changed],
  };
}

/** What phases are cut from, with members for accounts: who was merged with another is one with it. */
function asMembers(
  fact: PullRequestFact,
  memberOf: (githubId: bigint) => CountedMember,
): PhaseInput {
  const counted = ({ githubId }: ActorFact) => {
    const { id, kind } = memberOf(githubId);
    return { githubId: id, kind };
  };
  return {
    ...fact,
    author: counted(fact.author),
    reviews: fact.reviews.map((review) => ({ ...review, author: counted(review.author) })),
  };
}

function ids(stored: StoredPullRequests): bigint[] {
  return [...stored.values()].map((row) => row.id);
}

async function readStored(
  tx: DbTransaction,
  input: StorePullRequestsInput,
): Promise<StoredPullRequests> {
  const numbers = toArrayLiteral(input.pullRequests.map((fact) => fact.number));
  const rows = await tx.$queryRaw<{ id: bigint; number: number; updated_at: Date }[]>`
    SELECT id, number, updated_at FROM pull_request
    WHERE team_id = ${input.teamId} AND repository_id = ${input.repositoryId}
      AND number = ANY (${numbers}::text::integer[])`;
  return new Map(rows.map((row) => [row.number, { id: row.id, updatedAt: row.updated_at }]));
}

/** The same of pull requests that were all inserted just now. */
function insertedIn(
  written: BulkUpsertResult,
  { pullRequests }: StorePullRequestsInput,
): StoredPullRequests {
  const idOf = new Map(written.changed.map((row) => [row['number'], row['id']]));
  return new Map(
    pullRequests.map(({ number, updatedAt }) => [
      number,
      { id: BigInt(idOf.get(String(number)) ?? ''), updatedAt },
    ]),
  );
}

export interface ChildCounts {
  readonly rowsIn: number;
  readonly rowsWritten: number;
  readonly changedPullRequests: readonly bigint[];
}

/**
 * Writes what is nested in pull requests, and removes what vanished from lists that came in whole.
 * @param areNew all of them were inserted in this transaction: nothing can have vanished
 */
export async function storeChildren(
  tx: DbTransaction,
  teamId: bigint,
  current: readonly { readonly fact: NestedFacts; readonly pullRequestId: bigint }[],
  memberId: (githubId: bigint) => bigint,
  areNew = false,
): Promise<ChildCounts> {
  const known = areNew ? [] : current;
  /** Pull requests whose list of this name came in to its end: what it does not name has vanished. */
  const wholeIn = (list: NestedListName, isAsked: (fact: NestedFacts) => boolean = () => true) =>
    known
      .filter(({ fact }) => isAsked(fact) && fact.unread.every((unread) => unread.list !== list))
      .map((row) => row.pullRequestId);
  const rowsOf = <Fact, Row>(
    pick: (fact: NestedFacts) => readonly Fact[],
    toRow: (pullRequestId: bigint, fact: Fact) => Row,
  ): Row[] =>
    current.flatMap(({ fact, pullRequestId }) =>
      pick(fact).map((one) => toRow(pullRequestId, one)),
    );
  const changed = new Set<bigint>();
  let rowsIn = 0;
  let rowsWritten = 0;

  async function write<Row>(
    descriptor: TableDescriptor<Row>,
    parents: readonly bigint[],
    rows: readonly Row[],
    only: Parameters<typeof deleteMissingChildren>[5] = null,
  ): Promise<void> {
    const lost = await deleteMissingChildren(tx, descriptor, teamId, parents, rows, only);
    const result: BulkUpsertResult = await bulkUpsert(tx, descriptor, teamId, rows);
    rowsIn += result.inserted + result.updated + result.unchanged;
    rowsWritten += result.inserted + result.updated;
    for (const row of result.changed) {
      changed.add(BigInt(row['pull_request_id'] ?? ''));
    }
    for (const pullRequestId of lost) {
      changed.add(pullRequestId);
    }
  }

  const idOrNull = (actor: ActorFact | null): bigint | null =>
    actor === null ? null : memberId(actor.githubId);
  await write(
    LABEL,
    wholeIn('LABELS'),
    rowsOf(
      (pull) => pull.labels,
      (pullRequestId, fact) => ({ pullRequestId, fact }),
    ),
  );
  await write(
    REVIEW,
    wholeIn('TIMELINE'),
    rowsOf(
      (pull) => pull.reviews,
      (pullRequestId, fact) => ({
        pullRequestId,
        fact,
        reviewerId: memberId(fact.author.githubId),
      }),
    ),
  );
  await write(
    COMMENT,
    wholeIn('TIMELINE'),
    rowsOf(
      (pull) => pull.comments,
      (pullRequestId, fact) => ({ pullRequestId, fact, authorId: memberId(fact.author.githubId) }),
    ),
    { column: 'kind', value: 'ISSUE' },
  );
  await write(
    EVENT,
    wholeIn('TIMELINE'),
    rowsOf(
      (pull) => pull.events,
      (pullRequestId, fact) => ({
        pullRequestId,
        fact,
        actorId: idOrNull(fact.actor),
        subjectId: idOrNull(fact.subject),
      }),
    ),
  );
  await write(
    COMMIT,
    wholeIn('COMMITS'),
    rowsOf(
      (pull) => pull.commits,
      (pullRequestId, fact) => ({ pullRequestId, fact, authorId: idOrNull(fact.author) }),
    ),
  );
  await write(
    FILE,
    wholeIn('FILES', (fact) => fact.files !== null),
    rowsOf(
      (pull) => pull.files ?? [],
      (pullRequestId, fact) => ({ pullRequestId, fact }),
    ),
  );
  await write(
    CHECK_RUN,
    wholeIn('CHECKS', (fact) => fact.checks !== null),
    rowsOf(
      (pull) => pull.checks ?? [],
      (pullRequestId, fact) => ({ pullRequestId, fact }),
    ),
  );
  await write(
    AI_SIGNAL,
    known.filter(({ fact }) => fact.unread.length === 0).map((row) => row.pullRequestId),
    rowsOf(
      (pull) => pull.aiSignals,
      (pullRequestId, fact) => ({ pullRequestId, fact }),
    ),
  );
  return { rowsIn, rowsWritten, changedPullRequests: [...changed] };
}
