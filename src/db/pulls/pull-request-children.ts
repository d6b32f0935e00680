import { AI_DETECTOR_VERSION } from '../../domain/pulls/ai-signals.ts';
import type { NestedFacts, NestedListName } from '../../domain/pulls/github-facts.ts';
import { bulkInsert, bulkUpsert } from '../bulk/bulk-upsert.ts';
import { deleteMissingChildren } from '../bulk/children.ts';
import type { TableDescriptor } from '../bulk/table-descriptor.ts';
import type { DbTransaction } from '../core/client.ts';
import { storeGaps, wholeLists } from './gaps.ts';
import type { WrittenMembers } from '../members/members.ts';
import * as tables from './pull-request-tables.ts';

/** What was written of the rows nested in pull requests. */
export interface ChildCounts {
  readonly rowsIn: number;
  readonly rowsWritten: number;
  /** Of those that were stored before; the new ones have changed as such. */
  readonly changedPullRequests: readonly bigint[];
}

/** A pull request's row with what is nested in it. */
interface Parent {
  readonly fact: NestedFacts;
  readonly pullRequestId: bigint;
}

/**
 * Writes what is nested in pull requests, and removes what vanished from lists that came in whole.
 * @param areNew all of them were inserted in this transaction: nothing can have vanished
 */
export async function storeChildren(
  tx: DbTransaction,
  teamId: bigint,
  current: readonly Parent[],
  members: WrittenMembers,
  areNew = false,
): Promise<ChildCounts> {
  const writer = createChildWriter(tx, teamId, current, areNew);
  await writer.write(tables.LABEL, writer.wholeIn('LABELS'), ({ labels }) =>
    labels.map((label) => ({ label })),
  );
  await writeTimeline(writer, members);
  await writeChanges(writer, members);
  await writer.write(tables.AI_SIGNAL, writer.complete(), ({ aiSignals }) =>
    aiSignals.map((signal) => ({ ...signal, detectorVersion: AI_DETECTOR_VERSION })),
  );
  const gaps = current.map(({ fact, pullRequestId }) => ({
    pullRequestId,
    gaps: fact.gaps,
    whole: wholeLists(fact),
  }));
  await storeGaps(tx, teamId, gaps, areNew);
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

    /** @param rowsOf the rows of a pull request, without its id */
    async write<Row extends object>(
      descriptor: TableDescriptor<Row & { readonly pullRequestId: bigint | number }>,
      parents: readonly bigint[],
      rowsOf: (fact: NestedFacts) => readonly Row[],
      only: Parameters<typeof deleteMissingChildren>[5] = null,
    ): Promise<void> {
      const rows = current.flatMap(({ fact, pullRequestId }) =>
        rowsOf(fact).map((row) => ({ ...row, pullRequestId })),
      );
      if (areNew) {
        const { distinct, written } = await bulkInsert(tx, descriptor, teamId, rows);
        rowsIn += distinct;
        rowsWritten += written;
        return;
      }
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
async function writeTimeline(writer: ChildWriter, members: WrittenMembers): Promise<void> {
  const whole = writer.wholeIn('TIMELINE');
  await writer.write(tables.REVIEW, whole, ({ reviews }) =>
    reviews.map((review) => ({ ...review, reviewerId: members.of(review.author).id })),
  );
  await writer.write(
    tables.COMMENT,
    whole,
    ({ comments }) =>
      comments.map((comment) => ({ ...comment, authorId: members.of(comment.author).id })),
    { column: 'kind', value: 'ISSUE' },
  );
  await writer.write(tables.EVENT, whole, ({ events }) =>
    events.map(({ subjectName, ...event }) => ({
      ...event,
      subject: subjectName,
      actorId: members.idOf(event.actor),
      subjectId: members.idOf(event.subject),
    })),
  );
}

/** Writes commits, files and check runs. */
async function writeChanges(writer: ChildWriter, members: WrittenMembers): Promise<void> {
  await writer.write(tables.COMMIT, writer.wholeIn('COMMITS'), ({ commits }) =>
    commits.map((commit) => ({ ...commit, authorId: members.idOf(commit.author) })),
  );
  const withFiles = writer.wholeIn('FILES', ({ files }) => files !== null);
  await writer.write(tables.FILE, withFiles, ({ files }) => files ?? []);
  const withChecks = writer.wholeIn('CHECKS', ({ checks }) => checks !== null);
  await writer.write(tables.CHECK_RUN, withChecks, ({ checks }) => checks ?? []);
}
