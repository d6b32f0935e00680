import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { membersLock } from '../members/members-lock.ts';
import { withDirtyMarks } from '../rollups/dirty-marks.ts';

/** Kinds of base branches; only what was merged into a TRACKED one counts. */
export type BaseKind = 'TRACKED' | 'PULL_REQUEST' | 'UNTRACKED';

/**
 * Branches that live on by their names: one of them may be the head of a pull request (a release, a promotion, the move to
 * another default branch), and what was merged into it still counts.
 */
const LASTING_NAMES =
  '^(main|master|trunk|mainline|default|develop|development|devel|dev|integration|next|staging|stage|production|prod|preprod|release|releases|stable)$|^(release|releases|stable|support|maintenance|maint|lts)[-/_.]|^v?[0-9]+([.][0-9x]+)+$';

/** The patterns that hold for a pull request `p`, of its repository `r` or of its team `t`. */
const PATTERNS = `CASE WHEN cardinality(r.tracked_branches) > 0 THEN r.tracked_branches ELSE t.tracked_branches END`;

/** SQL of a pattern as LIKE reads it. */
const LIKE_PATTERN = String.raw`replace(replace(replace(replace(pattern, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%')`;

/**
 * SQL: whether a pull request `h` brings along what was merged by `p`, a commit of it or its merge. A head of that name
 * alone does not say so where it is a branch of a fork, or may be one: of what was read before that was asked for it is
 * not known.
 */
const BRINGS_ALONG = `EXISTS (SELECT FROM commit same
  WHERE same.team_id = p.team_id AND same.pull_request_id = h.id AND (same.sha = p.merge_commit_sha OR EXISTS (
    SELECT FROM commit own WHERE own.team_id = p.team_id AND own.pull_request_id = p.id AND own.sha = same.sha)))`;

/** SQL of the default branch of a repository `r` with those that were it. */
const DEFAULTS = 'array_append(r.former_default_branches, r.default_branch)';

/**
 * SQL of the kind of base that a pull request `p` has, with `r`, `t` and `tracked.branches`. A pattern that finds the
 * default branch, or one that was it, finds all of them. A branch is the head of another pull request unless it lives on: the default
 * branch or one that was, one that is called so, one that was merged into the same branch more than once, or one that is
 * tracked by its name.
 */
const BASE_KIND = `CASE
  WHEN cardinality(tracked.branches) > 0
    AND NOT EXISTS (SELECT FROM unnest(tracked.branches) AS given(pattern) WHERE p.base_branch LIKE ${LIKE_PATTERN}
      OR (p.base_branch = ANY (${DEFAULTS}) AND EXISTS (SELECT FROM unnest(${DEFAULTS}) AS one(branch) WHERE one.branch LIKE ${LIKE_PATTERN})))
    THEN 'UNTRACKED'
  WHEN p.base_branch = r.default_branch OR p.base_branch = ANY (r.former_default_branches || tracked.branches) OR p.base_branch ~* '${LASTING_NAMES}'
    THEN 'TRACKED'
  WHEN (
    SELECT count(*) > 0 AND coalesce(max(h.merges), 0) < 2 FROM (
      SELECT count(*) FILTER (WHERE h.state = 'MERGED') AS merges FROM pull_request h
      WHERE h.team_id = p.team_id AND h.repository_id = p.repository_id AND h.head_branch = p.base_branch
        AND h.base_branch <> h.head_branch AND h.deleted_at IS NULL AND h.id <> p.id
        AND (h.is_cross_repository IS FALSE OR ${BRINGS_ALONG})
      GROUP BY h.base_branch
    ) AS h
  ) THEN 'PULL_REQUEST'
  ELSE 'TRACKED' END`;

const CHANGED = `
FROM pull_request p JOIN repository r ON r.team_id = p.team_id AND r.id = p.repository_id JOIN team t ON t.id = p.team_id
CROSS JOIN LATERAL (SELECT ${PATTERNS} AS branches) AS tracked
CROSS JOIN LATERAL (SELECT ${BASE_KIND} AS kind OFFSET 0) AS now
WHERE p.team_id = $1::bigint AND now.kind <> p.base_kind`;

/** Pull requests of a repository of which some were written, and those that were merged into their heads, of now or before. */
const OF_WRITTEN = `
WITH written AS MATERIALIZED (
  SELECT id, head_branch FROM pull_request
  WHERE team_id = $1::bigint AND repository_id = $2::bigint AND id = ANY ($3::text::bigint[])
), touched AS MATERIALIZED (
  SELECT id FROM written
  UNION
  SELECT based.id FROM pull_request based
  WHERE based.team_id = $1::bigint AND based.repository_id = $2::bigint
    -- As the index says, which is for few.
    AND based.base_branch <> 'main' AND based.base_branch <> 'master'
    AND based.base_branch = ANY (ARRAY(
      SELECT head_branch FROM (SELECT head_branch FROM written UNION SELECT unnest($4::text::text[])) AS head(head_branch)
      WHERE head_branch !~* '${LASTING_NAMES}'))
)
SELECT p.id, now.kind ${CHANGED} AND p.id = ANY (ARRAY(SELECT id FROM touched)) ORDER BY p.id`;

/** Pull requests of a team, of one repository where it is given, and with one of some bases where those are. */
const OF_TEAM = `
SELECT p.id, now.kind ${CHANGED} AND ($2::bigint IS NULL OR p.repository_id = $2::bigint)
  AND ($3::text IS NULL OR p.base_branch = ANY ($3::text::text[])) AND ($4::text IS NULL OR p.id = ANY ($4::text::bigint[]))
ORDER BY p.id`;

interface ChangedBase {
  readonly id: bigint;
  readonly kind: BaseKind;
}

/** Pull requests that are changed with one statement, with the weeks that they count in. */
const AT_ONCE = 1_000;

/**
 * Holds the bases of a repository's pull requests to the end of the transaction. What one pull request is merged into is
 * the head of another one, and neither of two transactions sees what the other writes: the second waits here, and finds
 * out with all that the first has written. First of all in a transaction, before it locks a row; changes of members, which
 * hold the whole team, are waited for before.
 */
export async function lockBases(tx: DbTransaction, key: RepositoryKey): Promise<void> {
  await tx.$queryRaw`
    SELECT pg_advisory_xact_lock_shared(hashtextextended(${`throughline:${membersLock(key.teamId)}`}, 0))::text,
      pg_advisory_xact_lock(hashtextextended(${`throughline:bases:${key.teamId}:${key.repositoryId}`}, 0))::text`;
}

/**
 * Finds the kinds of bases that have changed with pull requests that were written: of their own, and of those that were
 * merged into their heads. Changes nothing.
 * @param formerHeads branches that were heads of them before
 */
export async function findChangedBases(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  written: readonly bigint[],
  formerHeads: readonly string[] = [],
): Promise<ChangedBase[]> {
  return written.length === 0
    ? []
    : tx.$queryRawUnsafe<ChangedBase[]>(
        OF_WRITTEN,
        teamId,
        repositoryId,
        toArrayLiteral(written),
        toArrayLiteral(formerHeads),
      );
}

/** Finds out anew which merges count where commits of some pull requests were written, and marks weeks dirty. */
export async function refreshBasesOf(
  tx: DbTransaction,
  key: RepositoryKey,
  written: readonly bigint[],
): Promise<void> {
  await changeBases(tx, key.teamId, await findChangedBases(tx, key, written));
}

/** Stores kinds of bases. Marks nothing dirty. */
export async function saveBaseKinds(
  tx: DbTransaction,
  teamId: bigint,
  bases: readonly ChangedBase[],
): Promise<void> {
  if (bases.length > 0) {
    await tx.$executeRaw`
      UPDATE pull_request p SET base_kind = n.kind
      FROM unnest(${toArrayLiteral(bases.map(({ id }) => id))}::text::bigint[],
        ${toArrayLiteral(bases.map(({ kind }) => kind))}::text::text[]) AS n(id, kind)
      WHERE p.team_id = ${teamId} AND p.id = n.id`;
  }
}

/** Which pull requests of a team: of one repository, with one of some bases, or some of them by their ids. */
export interface BaseScope {
  readonly repositoryId?: bigint;
  readonly bases?: readonly string[];
  readonly ids?: readonly bigint[];
}

/**
 * Finds out anew which merges count, by the settings, the default branch and the pull requests that are stored, and marks
 * the weeks dirty that change.
 * @returns how many pull requests changed
 */
export async function refreshBaseKinds(
  tx: DbTransaction,
  teamId: bigint,
  { repositoryId, bases, ids }: BaseScope = {},
): Promise<number> {
  const changed = await tx.$queryRawUnsafe<ChangedBase[]>(
    OF_TEAM,
    teamId,
    repositoryId ?? null,
    bases === undefined ? null : toArrayLiteral(bases),
    ids === undefined ? null : toArrayLiteral(ids),
  );
  await changeBases(tx, teamId, changed);
  return changed.length;
}

async function changeBases(
  tx: DbTransaction,
  teamId: bigint,
  changed: readonly ChangedBase[],
): Promise<void> {
  for (let from = 0; from < changed.length; from += AT_ONCE) {
    const part = changed.slice(from, from + AT_ONCE);
    await withDirtyMarks(
      tx,
      teamId,
      part.map(({ id }) => id),
      () => saveBaseKinds(tx, teamId, part),
    );
  }
}

/** A default branch of a repository before and after GitHub was asked. */
export interface DefaultBranchChange {
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * Remembers a default branch that is none any more, so that what was merged into it goes on counting, and finds out anew
 * what was merged into the default branch, now and before. A repository that was empty had none. The transaction must hold
 * `lockBases`.
 */
export async function followDefaultBranch(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  changes: readonly DefaultBranchChange[],
): Promise<void> {
  for (const { before, after } of changes.filter((one) => one.before !== one.after)) {
    const [known] = await tx.$queryRaw<{ former: string[] }[]>`
      UPDATE repository SET former_default_branches = CASE
        WHEN ${before}::text IS NULL OR ${before}::text = ANY (former_default_branches) THEN former_default_branches
        ELSE array_append(former_default_branches, ${before}::text) END
      WHERE team_id = ${teamId} AND id = ${repositoryId} RETURNING former_default_branches AS former`;
    // A pattern that finds the default branch finds the former ones.
    const bases = [after, ...(known?.former ?? [])].filter((branch) => branch !== null);
    await refreshBaseKinds(tx, teamId, { repositoryId, bases });
  }
}
