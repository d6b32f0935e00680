import type { ActorFact } from '../../domain/members/actor.ts';
import type { PullRequestFact } from '../../domain/pulls/github-facts.ts';
import { computePhases, type PhaseInput } from '../../domain/pulls/pull-request-phases.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import { bulkInsertReturning, bulkUpsert, type BulkUpsertResult } from '../bulk/bulk-upsert.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { upsertMembers, type WrittenMembers } from '../members/members.ts';
import { findChangedBases, saveBaseKinds } from './base-kinds.ts';
import { storeChildren } from './pull-request-children.ts';
import { PULL_REQUEST, toPullRequestRow } from './pull-request-tables.ts';
import {
  changedMemberWeeks,
  markMemberWeeksDirty,
  markTouchedWeeksDirty,
  readTouchedMemberWeeks,
} from '../rollups/dirty-marks.ts';

export interface StorePullRequestsInput extends RepositoryKey {
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

/** Ids, stored update times and heads of a page's pull requests, by number. */
type StoredPullRequests = ReadonlyMap<
  number,
  { readonly id: bigint; readonly updatedAt: Date; readonly headBranch: string }
>;

/**
 * Writes pull requests with everything nested in them, and marks the member weeks dirty whose numbers may have moved.
 * Writing the same again changes nothing and marks nothing dirty. Must run inside the transaction that moves the cursor, and
 * that holds `lockBases` where others may write at the same time.
 */
export async function storePullRequests(
  tx: DbTransaction,
  input: StorePullRequestsInput,
): Promise<StoredCounts> {
  const { teamId, pullRequests } = input;
  const members = await upsertMembers(tx, teamId, pullRequests);
  const before = await readStored(tx, input);
  const memberWeeksBefore = await readTouchedMemberWeeks(tx, teamId, ids(before));
  const rows = pullRequests.map((fact) =>
    toPullRequestRow(fact, {
      phases: computePhases(asMembers(fact, members)),
      repositoryId: input.repositoryId,
      authorId: members.of(fact.author).id,
      mergedById: members.idOf(fact.mergedBy),
      syncedAt: input.syncedAt,
    }),
  );
  // A first backfill meets nothing but new ones: to look for each again would take as long as to insert it.
  const write = before.size === 0 ? bulkInsertReturning : bulkUpsert;
  const written = await write(tx, PULL_REQUEST, teamId, rows);
  const areNew = written.inserted === pullRequests.length;
  const stored = areNew ? insertedIn(written, input) : await readStored(tx, input);
  const current = pullRequests.flatMap((fact) => {
    const row = stored.get(fact.number);
    return row === undefined || row.updatedAt > fact.updatedAt
      ? []
      : [{ fact, pullRequestId: row.id }];
  });
  const children = await storeChildren(tx, teamId, current, members, areNew);
  const changed = new Set([
    ...written.changed.map((row) => BigInt(row['id'] ?? '')),
    ...children.changedPullRequests,
  ]);
  const heads = [...before.values()].map(({ headBranch }) => headBranch);
  const bases = await findChangedBases(tx, input, [...changed], heads);
  const further = bases.map(({ id }) => id).filter((id) => !changed.has(id));
  const furtherBefore = await readTouchedMemberWeeks(tx, teamId, further);
  await saveBaseKinds(tx, teamId, bases);
  const known = new Set(ids(before));
  await markTouchedWeeksDirty(
    tx,
    teamId,
    [...changed].filter((id) => !known.has(id)),
  );
  const counted = [...[...changed].filter((id) => known.has(id)), ...further];
  const memberWeeksAfter = await readTouchedMemberWeeks(tx, teamId, counted);
  await markMemberWeeksDirty(
    tx,
    teamId,
    changedMemberWeeks(
      counted,
      new Map([...memberWeeksBefore, ...furtherBefore]),
      memberWeeksAfter,
    ),
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

/** What phases are computed from, with members in place of accounts: merged accounts are one member. */
function asMembers(fact: PullRequestFact, members: WrittenMembers): PhaseInput {
  const counted = (actor: ActorFact) => {
    const { id, kind } = members.of(actor);
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
  const rows = await tx.$queryRaw<
    { id: bigint; number: number; updatedAt: Date; headBranch: string }[]
  >`
    SELECT id, number, updated_at AS "updatedAt", head_branch AS "headBranch" FROM pull_request
    WHERE team_id = ${input.teamId} AND repository_id = ${input.repositoryId}
      AND number = ANY (${numbers}::text::integer[])`;
  return new Map(rows.map(({ number, ...row }) => [number, row]));
}

/** The same of pull requests that were all inserted just now. */
function insertedIn(
  written: BulkUpsertResult,
  { pullRequests }: StorePullRequestsInput,
): StoredPullRequests {
  const idOf = new Map(written.changed.map((row) => [row['number'], row['id']]));
  return new Map(
    pullRequests.map(({ number, updatedAt, headBranch }) => [
      number,
      { id: BigInt(idOf.get(String(number)) ?? ''), updatedAt, headBranch },
    ]),
  );
}
