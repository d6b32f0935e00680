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
 * The member weeks that pull requests touch as they are stored now: of the author by creation, merge and closing, of
 * reviewers and of authors of commits, in the team's time zone. What is incomplete or deleted touches none. They are
 * read before and after a write, for `changedMemberWeeks`.
 */
export async function readTouchedMemberWeeks(
  tx: DbTransaction,
  teamId: bigint,
  pullRequestIds: readonly bigint[],
): Promise<MemberWeeksByPullRequest> {
  if (pullRequestIds.length === 0) {
    return new Map();
  }
  const ids = toArrayLiteral(pullRequestIds);
  const rows = await tx.$queryRaw<(HashedMemberWeek & { readonly id: bigint })[]>`
    SELECT touched.id, touched.member_id AS "memberId", t.rollup_generation AS generation,
      throughline_week_start(touched.at, t.time_zone, t.week_start)::text AS week,
      sum(hashtextextended(touched.fact, 0))::text AS "factsHash"
    FROM team t
    CROSS JOIN LATERAL (
      SELECT p.id, p.author_id AS member_id, instant.at, p::text AS fact FROM pull_request p
      CROSS JOIN LATERAL (VALUES (p.created_at), (p.merged_at), (p.closed_at)) AS instant(at)
      WHERE p.team_id = t.id AND p.id = ANY (${ids}::text::bigint[]) AND p.complete AND p.deleted_at IS NULL
      UNION ALL
      SELECT r.pull_request_id, r.reviewer_id, r.submitted_at, r::text || (p.author_id = r.reviewer_id) FROM review r
      JOIN pull_request p ON p.team_id = t.id AND p.id = r.pull_request_id AND p.complete AND p.deleted_at IS NULL
      WHERE r.team_id = t.id AND r.pull_request_id = ANY (${ids}::text::bigint[])
      UNION ALL
      SELECT c.pull_request_id, c.author_id, c.authored_at, c::text FROM commit c
      JOIN pull_request p ON p.team_id = t.id AND p.id = c.pull_request_id AND p.complete AND p.deleted_at IS NULL
      WHERE c.team_id = t.id AND c.pull_request_id = ANY (${ids}::text::bigint[]) AND c.author_id IS NOT NULL
    ) AS touched
    WHERE t.id = ${teamId} AND touched.at IS NOT NULL
    GROUP BY 1, 2, 3, 4`;
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
    await tx.$executeRaw`
      INSERT INTO rollup_dirty (team_id, week_start, member_id, generation)
      SELECT DISTINCT ${teamId}::bigint, member_week.week, CASE WHEN member_week.members <= ${MAX_MARKED_MEMBERS_PER_WEEK} THEN member_week.member_id END,
        member_week.generation
      FROM (
        SELECT touched.*, count(*) OVER (PARTITION BY touched.week, touched.generation) AS members
        FROM (
          SELECT DISTINCT member_id, week, generation
          FROM unnest(${toArrayLiteral(memberWeeks.map(({ memberId }) => memberId))}::text::bigint[],
            ${toArrayLiteral(memberWeeks.map(({ week }) => week))}::text::date[],
            ${toArrayLiteral(memberWeeks.map(({ generation }) => generation))}::text::integer[])
            AS given(member_id, week, generation)
        ) AS touched
      ) AS member_week`;
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
