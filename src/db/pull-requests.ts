import type { PullRequestFact } from '../domain/github-facts.ts';
import { computePhases } from '../domain/pull-request-phases.ts';
import { toArrayLiteral } from './array-literal.ts';
import { bulkUpsert, type BulkUpsertResult } from './bulk-upsert.ts';
import { deleteMissingChildren } from './children.ts';
import type { DbTransaction } from './client.ts';
import { upsertMembers } from './members.ts';
import { COMMIT, FILE, LABEL, PULL_REQUEST, REVIEW } from './pull-request-tables.ts';
import { changedCells, markCells, readTouchedCells } from './rollup-marks.ts';
import type { TableDescriptor } from './table-descriptor.ts';

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
  const memberIds = await upsertMembers(tx, teamId, pullRequests);
  const memberId = (githubId: bigint): bigint => {
    const id = memberIds.get(githubId);
    if (id === undefined) {
      throw new Error(`account ${githubId} was written but not read back`);
    }
    return id;
  };
  const before = await readStored(tx, input);
  const cellsBefore = await readTouchedCells(tx, teamId, ids(before));
  const written = await bulkUpsert(
    tx,
    PULL_REQUEST,
    teamId,
    pullRequests.map((fact) => ({
      fact,
      phases: computePhases(fact),
      repositoryId: input.repositoryId,
      authorId: memberId(fact.author.githubId),
      mergedById: fact.mergedBy === null ? null : memberId(fact.mergedBy.githubId),
      syncedAt: input.syncedAt,
    })),
  );
  const stored = await readStored(tx, input);
  const children = await storeChildren(tx, teamId, pullRequests, stored, memberId);
  const changed = new Set([
    ...written.changed.map((row) => BigInt(row['id'] ?? '')),
    ...children.changedPullRequests,
  ]);
  const cellsAfter = await readTouchedCells(tx, teamId, [...changed]);
  await markCells(tx, teamId, changedCells(changed, cellsBefore, cellsAfter));
  return {
    inserted: written.inserted,
    updated: written.updated,
    unchanged: written.unchanged,
    childrenIn: children.rowsIn,
    childrenWritten: children.rowsWritten,
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

interface ChildCounts {
  readonly rowsIn: number;
  readonly rowsWritten: number;
  readonly changedPullRequests: readonly bigint[];
}

/** Writes what is nested in pull requests that are not older than what is stored, and removes what vanished. */
async function storeChildren(
  tx: DbTransaction,
  teamId: bigint,
  pullRequests: readonly PullRequestFact[],
  stored: StoredPullRequests,
  memberId: (githubId: bigint) => bigint,
): Promise<ChildCounts> {
  const current = pullRequests.flatMap((fact) => {
    const row = stored.get(fact.number);
    return row === undefined || row.updatedAt > fact.updatedAt
      ? []
      : [{ fact, pullRequestId: row.id }];
  });
  const whole = current.filter(({ fact }) => fact.complete).map((row) => row.pullRequestId);
  const wholeWithFiles = current
    .filter(({ fact }) => fact.complete && fact.files !== null)
    .map((row) => row.pullRequestId);
  const changed = new Set<bigint>();
  let rowsIn = 0;
  let rowsWritten = 0;

  async function write<Row>(
    descriptor: TableDescriptor<Row>,
    parents: readonly bigint[],
    rows: readonly Row[],
  ): Promise<void> {
    const lost = await deleteMissingChildren(tx, descriptor, teamId, parents, rows);
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

  await write(
    LABEL,
    whole,
    current.flatMap(({ fact, pullRequestId }) =>
      fact.labels.map((label) => ({ pullRequestId, fact: label })),
    ),
  );
  await write(
    REVIEW,
    whole,
    current.flatMap(({ fact, pullRequestId }) =>
      fact.reviews.map((review) => ({
        pullRequestId,
        fact: review,
        reviewerId: memberId(review.author.githubId),
      })),
    ),
  );
  await write(
    COMMIT,
    whole,
    current.flatMap(({ fact, pullRequestId }) =>
      fact.commits.map((commit) => ({
        pullRequestId,
        fact: commit,
        authorId: commit.author === null ? null : memberId(commit.author.githubId),
      })),
    ),
  );
  await write(
    FILE,
    wholeWithFiles,
    current.flatMap(({ fact, pullRequestId }) =>
      (fact.files ?? []).map((file) => ({ pullRequestId, fact: file })),
    ),
  );
  return { rowsIn, rowsWritten, changedPullRequests: [...changed] };
}
