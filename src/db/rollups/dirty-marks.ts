import { toArrayLiteral } from '../core/array-literal.ts';
import { MAX_MARKED_MEMBERS_PER_WEEK } from '../bulk/bulk-statement.ts';
import type { DbTransaction } from '../core/client.ts';

/** A member week, and the generation whose time zone and week start it follows. */
export interface TouchedMemberWeek {
  readonly memberId: bigint;
  readonly week: string;
  readonly generation: number;
}

/** A member week with a hash of the rows by which a pull request counts in it. */
interface HashedMemberWeek extends TouchedMemberWeek {
  readonly factsHash: string;
}

/** The member weeks that each pull request touches, by its id. */
export type MemberWeeksByPullRequest = ReadonlyMap<bigint, readonly HashedMemberWeek[]>;

/**
 * SQL of the member weeks that pull requests touch as they are stored now, of the team `$1` and the ids `$2`: of the
 * author by creation, merge and closing, of reviewers and of authors of commits, in the team's time zone. What is
 * incomplete or deleted touches none.
 * @param hashOf SQL that hashes what counts of a row, given as text; once a row
 */
function touchedMemberWeeks(hashOf: (fact: string) => string): string {
  return `SELECT touched.id, touched.member_id, t.rollup_generation AS generation,
    throughline_week_start(touched.at, t.time_zone, t.week_start) AS week, touched.hash
  FROM team t
  CROSS JOIN LATERAL (
    SELECT p.id, p.author_id AS member_id, instant.at, p.hash FROM (
      SELECT own.id, own.author_id, own.created_at, own.merged_at, own.closed_at, ${hashOf('own::text')} AS hash
      FROM pull_request own
      WHERE own.team_id = t.id AND own.id = ANY ($2::text::bigint[]) AND own.complete AND own.deleted_at IS NULL OFFSET 0
    ) AS p
    CROSS JOIN LATERAL (VALUES (p.created_at), (p.merged_at), (p.closed_at)) AS instant(at)
    UNION ALL
    SELECT r.pull_request_id, r.reviewer_id, r.submitted_at, ${hashOf('r::text || (p.author_id = r.reviewer_id)')} FROM review r
    JOIN pull_request p ON p.team_id = t.id AND p.id = r.pull_request_id AND p.complete AND p.deleted_at IS NULL
    WHERE r.team_id = t.id AND r.pull_request_id = ANY ($2::text::bigint[])
    UNION ALL
    SELECT c.pull_request_id, c.author_id, c.authored_at, ${hashOf('c::text')} FROM commit c
    JOIN pull_request p ON p.team_id = t.id AND p.id = c.pull_request_id AND p.complete AND p.deleted_at IS NULL
    WHERE c.team_id = t.id AND c.pull_request_id = ANY ($2::text::bigint[]) AND c.author_id IS NOT NULL
  ) AS touched
  WHERE t.id = $1::bigint AND touched.at IS NOT NULL`;
}

const READ_TOUCHED = `
SELECT id, member_id AS "memberId", generation, week::text AS week, sum(hash)::text AS "factsHash"
FROM (${touchedMemberWeeks((fact) => `hashtextextended(${fact}, 0)`)}) AS touched
GROUP BY 1, 2, 3, 4`;

/** Member weeks as one dirty mark each, or as one for the whole week where there are many of it. */
const markedMemberWeeks = (memberWeeks: string): string => `
INSERT INTO rollup_dirty (team_id, week_start, member_id, generation)
SELECT DISTINCT $1::bigint, member_week.week, CASE WHEN member_week.members <= ${MAX_MARKED_MEMBERS_PER_WEEK} THEN member_week.member_id END,
  member_week.generation
FROM (
  SELECT touched.*, count(*) OVER (PARTITION BY touched.week, touched.generation) AS members
  FROM (SELECT DISTINCT member_id, week, generation FROM ${memberWeeks}) AS touched
) AS member_week`;

const MARK_GIVEN = markedMemberWeeks(
  'unnest($2::text::bigint[], $3::text::date[], $4::text::integer[]) AS given(member_id, week, generation)',
);

const MARK_TOUCHED = markedMemberWeeks(`(${touchedMemberWeeks(() => 'NULL')}) AS counted`);

const MARK_MERGED = markedMemberWeeks(`(
  SELECT p.author_id AS member_id, t.rollup_generation AS generation,
    throughline_week_start(p.merged_at, t.time_zone, t.week_start) AS week
  FROM team t JOIN pull_request p ON p.team_id = t.id
  WHERE t.id = $1::bigint AND p.merged_by_id = ANY ($2::text::bigint[])
    AND p.merged_at IS NOT NULL AND p.complete AND p.deleted_at IS NULL
) AS merged`);

/** The member weeks that pull requests touch, read before and after a write, for `changedMemberWeeks`. */
export async function readTouchedMemberWeeks(
  tx: DbTransaction,
  teamId: bigint,
  pullRequestIds: readonly bigint[],
): Promise<MemberWeeksByPullRequest> {
  if (pullRequestIds.length === 0) {
    return new Map();
  }
  const rows = await tx.$queryRawUnsafe<(HashedMemberWeek & { readonly id: bigint })[]>(
    READ_TOUCHED,
    teamId,
    toArrayLiteral(pullRequestIds),
  );
  const memberWeeks = new Map<bigint, HashedMemberWeek[]>();
  for (const { id, ...memberWeek } of rows) {
    const known = memberWeeks.get(id);
    if (known === undefined) {
      memberWeeks.set(id, [memberWeek]);
    } else {
      known.push(memberWeek);
    }
  }
  return memberWeeks;
}

/**
 * The member weeks in which pull requests count differently than before: those that a fact has left or entered, and
 * those whose facts have changed. A reviewer's week, for one, does not change with the title of what was reviewed.
 */
export function changedMemberWeeks(
  pullRequestIds: Iterable<bigint>,
  before: MemberWeeksByPullRequest,
  after: MemberWeeksByPullRequest,
): TouchedMemberWeek[] {
  return [...pullRequestIds].flatMap((id) => {
    const [was, is] = [before.get(id) ?? [], after.get(id) ?? []];
    const [wasKeys, isKeys] = [new Set(was.map(toKey)), new Set(is.map(toKey))];
    return [
      ...was.filter((memberWeek) => !isKeys.has(toKey(memberWeek))),
      ...is.filter((memberWeek) => !wasKeys.has(toKey(memberWeek))),
    ];
  });
}

function toKey({ memberId, week, generation, factsHash }: HashedMemberWeek): string {
  return `${memberId} ${week} ${generation} ${factsHash}`;
}

/**
 * Appends one dirty mark a member week, or one for the whole week where there are many of it. Dirty marks are never
 * unique: one that another transaction wrote, and that a rollup has already read, must not swallow ours.
 */
export async function markMemberWeeksDirty(
  tx: DbTransaction,
  teamId: bigint,
  memberWeeks: readonly TouchedMemberWeek[],
): Promise<void> {
  if (memberWeeks.length > 0) {
    await tx.$executeRawUnsafe(
      MARK_GIVEN,
      teamId,
      toArrayLiteral(memberWeeks.map(({ memberId }) => memberId)),
      toArrayLiteral(memberWeeks.map(({ week }) => week)),
      toArrayLiteral(memberWeeks.map(({ generation }) => generation)),
    );
  }
}

/**
 * Marks all member weeks dirty that pull requests touch as they are stored now: nothing has to be compared of those that
 * come, go or come back.
 */
export async function markTouchedWeeksDirty(
  tx: DbTransaction,
  teamId: bigint,
  pullRequestIds: readonly bigint[],
): Promise<void> {
  if (pullRequestIds.length > 0) {
    await tx.$executeRawUnsafe(MARK_TOUCHED, teamId, toArrayLiteral(pullRequestIds));
  }
}

/** Marks the member weeks dirty in which pull requests count differently after a piece of work than before. */
export async function withDirtyMarks(
  tx: DbTransaction,
  teamId: bigint,
  pullRequestIds: readonly bigint[],
  work: () => Promise<void>,
): Promise<void> {
  const before = await readTouchedMemberWeeks(tx, teamId, pullRequestIds);
  await work();
  const after = await readTouchedMemberWeeks(tx, teamId, pullRequestIds);
  await markMemberWeeksDirty(tx, teamId, changedMemberWeeks(pullRequestIds, before, after));
}

/** Marks the weeks of the authors dirty whose pull requests these members merged: what machines merge is counted apart. */
export async function markMergedWeeksDirty(
  tx: DbTransaction,
  teamId: bigint,
  mergerIds: readonly bigint[],
): Promise<void> {
  await tx.$executeRawUnsafe(MARK_MERGED, teamId, toArrayLiteral(mergerIds));
}
