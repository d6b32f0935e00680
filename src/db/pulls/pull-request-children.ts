import type { ActorFact } from '../../domain/members/actor.ts';
import type { NestedFacts, NestedListName } from '../../domain/pulls/github-facts.ts';
import { bulkUpsert } from '../bulk/bulk-upsert.ts';
import { deleteMissingChildren } from '../bulk/children.ts';
import type { TableDescriptor } from '../bulk/table-descriptor.ts';
import type { DbTransaction } from '../core/client.ts';
import {
  AI_SIGNAL,
  CHECK_RUN,
  COMMENT,
  COMMIT,
  EVENT,
  FILE,
  LABEL,
  REVIEW,
} from './pull-request-tables.ts';

/** What was written of the rows nested in pull requests. */
export interface ChildCounts {
  readonly rowsIn: number;
  readonly rowsWritten: number;
  readonly changedPullRequests: readonly bigint[];
}

/** A pull request's row with what is nested in it. */
interface Parent {
  readonly fact: NestedFacts;
  readonly pullRequestId: bigint;
}

/** The row id of a member, by GitHub's id. */
type MemberIds = (githubId: bigint) => bigint;

/**
 * Writes what is nested in pull requests, and removes what vanished from lists that came in whole.
 * @param areNew all of them were inserted in this transaction: nothing can have vanished
 */
export async function storeChildren(
  tx: DbTransaction,
  teamId: bigint,
  current: readonly Parent[],
  memberId: MemberIds,
  areNew = false,
): Promise<ChildCounts> {
  const writer = createChildWriter(tx, teamId, current, areNew);
  await writer.write(
    LABEL,
    writer.wholeIn('LABELS'),
    writer.rowsOf(
      (pull) => pull.labels,
      (pullRequestId, fact) => ({ pullRequestId, fact }),
    ),
  );
  await writeTimeline(writer, memberId);
  await writeChanges(writer, memberId);
  await writer.write(
    AI_SIGNAL,
    writer.complete(),
    writer.rowsOf(
      (pull) => pull.aiSignals,
      (pullRequestId, fact) => ({ pullRequestId, fact }),
    ),
  );
  return writer.counts();
}

type ChildWriter = ReturnType<typeof createChildWriter>;

/** Writes one list of all pull requests after another, and counts what it wrote. */
function createChildWriter(
  tx: DbTransaction,
  teamId: bigint,
  current: readonly Parent[],
  areNew: boolean,
) {
  const known = areNew ? [] : current;
  const changed = new Set<bigint>();
  let rowsIn = 0;
  let rowsWritten = 0;
  return {
    /** Pull requests whose list of this name came in to its end: what it does not name has vanished. */
    wholeIn: (list: NestedListName, isAsked: (fact: NestedFacts) => boolean = () => true) =>
      known
        .filter(({ fact }) => isAsked(fact) && fact.unread.every((unread) => unread.list !== list))
        .map((row) => row.pullRequestId),

    /** Pull requests of which every list came in to its end. */
    complete: () =>
      known.filter(({ fact }) => fact.unread.length === 0).map((row) => row.pullRequestId),

    rowsOf: <Fact, Row>(
      pick: (fact: NestedFacts) => readonly Fact[],
      toRow: (pullRequestId: bigint, fact: Fact) => Row,
    ): Row[] =>
      current.flatMap(({ fact, pullRequestId }) =>
        pick(fact).map((one) => toRow(pullRequestId, one)),
      ),

    async write<Row>(
      descriptor: TableDescriptor<Row>,
      parents: readonly bigint[],
      rows: readonly Row[],
      only: Parameters<typeof deleteMissingChildren>[5] = null,
    ): Promise<void> {
      const lost = await deleteMissingChildren(tx, descriptor, teamId, parents, rows, only);
      const result = await bulkUpsert(tx, descriptor, teamId, rows);
      rowsIn += result.inserted + result.updated + result.unchanged;
      rowsWritten += result.inserted + result.updated;
      for (const row of result.changed) {
        changed.add(BigInt(row['pull_request_id'] ?? ''));
      }
      for (const pullRequestId of lost) {
        changed.add(pullRequestId);
      }
    },

    counts: (): ChildCounts => ({ rowsIn, rowsWritten, changedPullRequests: [...changed] }),
  };
}

/** Writes reviews, comments and events, which come in one list of GitHub's. */
async function writeTimeline(writer: ChildWriter, memberId: MemberIds): Promise<void> {
  await writer.write(
    REVIEW,
    writer.wholeIn('TIMELINE'),
    writer.rowsOf(
      (pull) => pull.reviews,
      (pullRequestId, fact) => ({
        pullRequestId,
        fact,
        reviewerId: memberId(fact.author.githubId),
      }),
    ),
  );
  await writer.write(
    COMMENT,
    writer.wholeIn('TIMELINE'),
    writer.rowsOf(
      (pull) => pull.comments,
      (pullRequestId, fact) => ({ pullRequestId, fact, authorId: memberId(fact.author.githubId) }),
    ),
    { column: 'kind', value: 'ISSUE' },
  );
  await writer.write(
    EVENT,
    writer.wholeIn('TIMELINE'),
    writer.rowsOf(
      (pull) => pull.events,
      (pullRequestId, fact) => ({
        pullRequestId,
        fact,
        actorId: idOrNull(fact.actor, memberId),
        subjectId: idOrNull(fact.subject, memberId),
      }),
    ),
  );
}

/** Writes commits, files and check runs. */
async function writeChanges(writer: ChildWriter, memberId: MemberIds): Promise<void> {
  await writer.write(
    COMMIT,
    writer.wholeIn('COMMITS'),
    writer.rowsOf(
      (pull) => pull.commits,
      (pullRequestId, fact) => ({ pullRequestId, fact, authorId: idOrNull(fact.author, memberId) }),
    ),
  );
  await writer.write(
    FILE,
    writer.wholeIn('FILES', (fact) => fact.files !== null),
    writer.rowsOf(
      (pull) => pull.files ?? [],
      (pullRequestId, fact) => ({ pullRequestId, fact }),
    ),
  );
  await writer.write(
    CHECK_RUN,
    writer.wholeIn('CHECKS', (fact) => fact.checks !== null),
    writer.rowsOf(
      (pull) => pull.checks ?? [],
      (pullRequestId, fact) => ({ pullRequestId, fact }),
    ),
  );
}

function idOrNull(actor: ActorFact | null, memberId: MemberIds): bigint | null {
  return actor === null ? null : memberId(actor.githubId);
}
