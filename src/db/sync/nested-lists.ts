import { MAX_RETRY_STEP, WATERMARK_HOLD_DAYS } from '../../domain/sync/dead-letter.ts';
import type {
  NestedListName,
  NestedPage,
  PullRequestFact,
} from '../../domain/pulls/github-facts.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import { lockBases, refreshBasesOf } from '../pulls/base-kinds.ts';
import { removeStaleSignals, removeVanished, seenKeys } from '../pulls/nested-rows.ts';
import type { DbTransaction } from '../core/client.ts';
import { storeDeadLetters, resolvePullRequests } from './dead-letters.ts';
import { lockForLogins } from '../members/login-accounts.ts';
import { addUnknownAccounts, nestedAccounts } from '../members/members.ts';
import { recomputePhases } from '../rollups/pull-request-phases.ts';
import { recomputeNatures } from '../pulls/pull-request-natures.ts';
import { storeChildren } from '../pulls/pull-request-children.ts';
import { withDirtyMarks } from '../rollups/dirty-marks.ts';
import type { RepositoryKey } from '../core/keys.ts';
import type { RunKey } from './sync-runs.ts';

/** A nested list that is read on from its cursor; an empty one is the list's start. */
export interface OpenNestedList {
  readonly pullRequestId: bigint;
  readonly number: number;
  readonly githubId: bigint;
  readonly list: NestedListName;
  readonly cursor: string;
}

/**
 * Lists of a repository that are to be continued. Those of a pull request that is dead-lettered for them wait after each
 * try, longer and longer, and after a week for an admin (`retryDeadLetters`) or an update of the pull request.
 */
export async function readNestedLists(
  tx: DbTransaction,
  key: RepositoryKey,
  limit: number,
): Promise<OpenNestedList[]> {
  return tx.$queryRaw<OpenNestedList[]>`
    SELECT l.pull_request_id AS "pullRequestId", p.number, p.github_id AS "githubId", l.list, l.cursor
    FROM nested_list l JOIN pull_request p ON p.team_id = l.team_id AND p.id = l.pull_request_id
    WHERE l.team_id = ${key.teamId} AND l.repository_id = ${key.repositoryId}
      AND NOT EXISTS (SELECT 1 FROM dead_letter d
        WHERE d.team_id = l.team_id AND d.repository_id = l.repository_id AND d.entity = 'nested_lists'
          AND d.natural_key = p.number::text AND d.resolved_at IS NULL AND d.retry_requested_at IS NULL
          AND (d.last_seen_at + make_interval(hours => least(d.attempts, ${MAX_RETRY_STEP}::integer)
              * least(d.attempts, ${MAX_RETRY_STEP}::integer)) > now()
            OR d.first_seen_at <= now() - make_interval(days => ${WATERMARK_HOLD_DAYS}::integer)))
    ORDER BY l.pull_request_id, l.list LIMIT ${limit}`;
}

/** GitHub counts updates by the second: what was read this long after an update misses nothing of that second. */
const SETTLED = '5 minutes';

/**
 * Numbers of pull requests with long lists that are stored in this very version, their lists whole or being continued:
 * syncs repeat the newest pull requests, and would read all of their lists each time.
 */
export async function readSettled(
  tx: DbTransaction,
  key: RepositoryKey,
  pullRequests: readonly PullRequestFact[],
): Promise<ReadonlySet<number>> {
  const long = pullRequests.filter(({ unread }) => unread.length > 0);
  if (long.length === 0) {
    return new Set();
  }
  const rows = await tx.$queryRaw<{ number: number }[]>`
    SELECT p.number FROM pull_request p
    JOIN unnest(${toArrayLiteral(long.map(({ number }) => number))}::text::integer[],
      ${toArrayLiteral(long.map(({ updatedAt }) => updatedAt))}::text::timestamptz[]) AS given(number, updated_at)
      USING (number, updated_at)
    WHERE p.team_id = ${key.teamId} AND p.repository_id = ${key.repositoryId} AND p.deleted_at IS NULL
      AND CASE WHEN p.complete THEN p.synced_at > p.updated_at + ${SETTLED}::interval
        ELSE EXISTS (SELECT 1 FROM nested_list l WHERE l.team_id = p.team_id AND l.pull_request_id = p.id) END`;
  return new Set(rows.map(({ number }) => number));
}

/**
 * Opens the lists that came in longer than their first page, anew for each pull request that was stored: what was read
 * of an older version does not count. Facts that are older than what is stored open nothing.
 * @param facts what was stored; new pull requests whose lists came in whole may be left out
 */
export async function openNestedLists(
  tx: DbTransaction,
  key: RepositoryKey,
  facts: readonly PullRequestFact[],
): Promise<void> {
  if (facts.length === 0) {
    return;
  }
  const { teamId } = key;
  const longFacts = facts.filter(({ unread }) => unread.length > 0);
  const stored = await tx.$queryRaw<{ id: bigint; number: number }[]>`
    WITH stored AS (
      SELECT p.id, p.number FROM pull_request p
      JOIN unnest(${toArrayLiteral(facts.map(({ number }) => number))}::text::integer[],
        ${toArrayLiteral(facts.map(({ updatedAt }) => updatedAt))}::text::timestamptz[]) AS given(number, updated_at)
        USING (number, updated_at)
      WHERE p.team_id = ${teamId} AND p.repository_id = ${key.repositoryId}
    ), lists AS (
      DELETE FROM nested_list l USING stored WHERE l.team_id = ${teamId} AND l.pull_request_id = stored.id
      RETURNING l.pull_request_id
    ), keys AS (
      DELETE FROM nested_list_key k USING lists WHERE k.team_id = ${teamId} AND k.pull_request_id = lists.pull_request_id
    )
    SELECT id, number FROM stored WHERE number = ANY (${toArrayLiteral(longFacts.map(({ number }) => number))}::text::integer[])`;
  const ids = new Map(stored.map(({ id, number }) => [number, id]));
  const long = longFacts.flatMap((fact) => {
    const pullRequestId = ids.get(fact.number);
    return pullRequestId === undefined ? [] : [{ fact, pullRequestId }];
  });
  if (long.length === 0) {
    return;
  }
  const lists = long.flatMap(({ fact, pullRequestId }) =>
    fact.unread.map((unread) => ({ ...unread, pullRequestId, keys: seenKeys(fact, unread.list) })),
  );
  await tx.$executeRaw`
    INSERT INTO nested_list (team_id, repository_id, pull_request_id, list, cursor)
    SELECT ${teamId}::bigint, ${key.repositoryId}::bigint, pull_request_id, list, cursor
    FROM unnest(${toArrayLiteral(lists.map((list) => list.pullRequestId))}::text::bigint[],
      ${toArrayLiteral(lists.map(({ list }) => list))}::text::text[],
      ${toArrayLiteral(lists.map(({ cursor }) => cursor))}::text::text[]) AS given(pull_request_id, list, cursor)
    ORDER BY pull_request_id, list COLLATE "C"`;
  await saveKeys(tx, teamId, lists);
  await removeStaleSignals(tx, teamId, long, true);
  await retryChanged(
    tx,
    key,
    long.map(({ fact }) => fact.number),
  );
}

/** Lists of another version of a pull request are not those that could not be read: they are tried at once. */
async function retryChanged(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  numbers: readonly number[],
): Promise<void> {
  await tx.$executeRaw`
    UPDATE dead_letter SET retry_requested_at = now()
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND entity = 'nested_lists'
      AND resolved_at IS NULL AND natural_key = ANY (${numbers.map(String)}::text[])`;
}

export interface CommitNestedPageInput extends RepositoryKey, RunKey {
  readonly list: OpenNestedList;
  readonly page: NestedPage;
}

/**
 * Commits one page of a list: its rows, the keys it showed and the cursor, in the caller's transaction. At the end of
 * the list what it never showed is removed; with the last list of a pull request that one is complete, its phases are
 * computed anew, and its member weeks are marked dirty. A page that another attempt has committed already changes nothing.
 */
export async function commitNestedPage(
  tx: DbTransaction,
  input: CommitNestedPageInput,
): Promise<void> {
  const { teamId, page } = input;
  const { pullRequestId, list, cursor } = input.list;
  const accounts = nestedAccounts(page.facts);
  await lockForLogins(
    tx,
    teamId,
    accounts.map(({ actor }) => actor),
  );
  if (list === 'COMMITS') {
    await lockBases(tx, input);
  }
  // First, as everywhere: a change of members waits for it, and locks pull requests then.
  const members = await addUnknownAccounts(tx, teamId, accounts, true);
  const open = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM pull_request p JOIN nested_list l ON l.team_id = p.team_id AND l.pull_request_id = p.id
    WHERE p.team_id = ${teamId} AND p.id = ${pullRequestId} AND l.list = ${list} AND l.cursor = ${cursor}
    FOR NO KEY UPDATE`;
  if (open.length === 0) {
    return;
  }
  const row = { fact: page.facts, pullRequestId };
  const { rowsIn } = await storeChildren(tx, teamId, [row], members);
  await removeStaleSignals(tx, teamId, [row], false);
  await saveKeys(tx, teamId, [{ pullRequestId, list, keys: seenKeys(page.facts, list) }]);
  if (list === 'CHECKS') {
    await tx.$executeRaw`
      UPDATE pull_request SET check_state = ${page.checkState}, check_state_raw = ${page.checkStateRaw}
      WHERE team_id = ${teamId} AND id = ${pullRequestId}
        AND (check_state, check_state_raw) IS DISTINCT FROM (${page.checkState}::text, ${page.checkStateRaw}::text)`;
  }
  if (page.nextCursor === null) {
    await closeList(tx, input);
  } else {
    await tx.$executeRaw`
      UPDATE nested_list SET cursor = ${page.nextCursor}, pages = pages + 1
      WHERE team_id = ${teamId} AND pull_request_id = ${pullRequestId} AND list = ${list}`;
  }
  if (list === 'COMMITS') {
    await refreshBasesOf(tx, input, [pullRequestId]);
  }
  await tx.$executeRaw`
    UPDATE sync_run SET nested_rows = nested_rows + ${rowsIn}, stage_requests = stage_requests + 1, updated_at = now()
    WHERE team_id = ${teamId} AND id = ${input.syncRunId}`;
}

async function saveKeys(
  tx: DbTransaction,
  teamId: bigint,
  lists: readonly {
    readonly pullRequestId: bigint;
    readonly list: NestedListName;
    readonly keys: readonly string[];
  }[],
): Promise<void> {
  const rows = lists.flatMap(({ keys, ...list }) => keys.map((key) => ({ ...list, key })));
  await tx.$executeRaw`
    INSERT INTO nested_list_key (team_id, pull_request_id, list, key)
    SELECT DISTINCT ${teamId}::bigint, pull_request_id, list COLLATE "C", key COLLATE "C"
    FROM unnest(${toArrayLiteral(rows.map((row) => row.pullRequestId))}::text::bigint[],
      ${toArrayLiteral(rows.map((row) => row.list))}::text::text[],
      ${toArrayLiteral(rows.map((row) => row.key))}::text::text[]) AS given(pull_request_id, list, key)
    ORDER BY 2, 3, 4
    ON CONFLICT DO NOTHING`;
}

async function closeList(tx: DbTransaction, input: CommitNestedPageInput): Promise<void> {
  const { teamId } = input;
  const { pullRequestId, number, list } = input.list;
  await removeVanished(tx, { teamId, pullRequestId }, list);
  const [left] = await tx.$queryRaw<{ lists: bigint }[]>`
    WITH keys AS (
      DELETE FROM nested_list_key
      WHERE team_id = ${teamId} AND pull_request_id = ${pullRequestId} AND list = ${list}
    ), closed AS (
      DELETE FROM nested_list WHERE team_id = ${teamId} AND pull_request_id = ${pullRequestId} AND list = ${list}
    )
    SELECT count(*) AS lists FROM nested_list
    WHERE team_id = ${teamId} AND pull_request_id = ${pullRequestId} AND list <> ${list}`;
  if (left?.lists !== 0n) {
    return;
  }
  await withDirtyMarks(tx, teamId, [pullRequestId], async () => {
    await tx.$executeRaw`
      UPDATE pull_request SET complete = true WHERE team_id = ${teamId} AND id = ${pullRequestId} AND NOT complete`;
    await recomputePhases(tx, teamId, [pullRequestId]);
    await recomputeNatures(tx, teamId, [pullRequestId]);
  });
  await resolvePullRequests(tx, input, [number]);
}

/** Forgets the lists of a pull request that GitHub does not show any more: it stays incomplete and does not count. */
export async function dropNestedLists(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  { pullRequestId, number }: OpenNestedList,
): Promise<void> {
  await tx.$executeRaw`
    WITH keys AS (
      DELETE FROM nested_list_key WHERE team_id = ${teamId} AND pull_request_id = ${pullRequestId}
    )
    DELETE FROM nested_list WHERE team_id = ${teamId} AND pull_request_id = ${pullRequestId}`;
  const lists = { teamId, repositoryId, entity: 'nested_lists' };
  await storeDeadLetters(tx, { ...lists, rejected: [], readable: [String(number)] });
}

/** Dead-letters the lists of a pull request: this run leaves them, a later one goes on where they are. */
export async function deadLetterNestedLists(
  tx: DbTransaction,
  run: RepositoryKey & RunKey,
  number: number,
  reason: { readonly code: string; readonly text: string },
): Promise<void> {
  const rejected = [{ naturalKey: String(number), reasonCode: reason.code, reason: reason.text }];
  await storeDeadLetters(tx, { ...run, entity: 'nested_lists', rejected, readable: [] });
}
