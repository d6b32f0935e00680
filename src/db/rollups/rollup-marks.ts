import { toArrayLiteral } from '../core/array-literal.ts';
import { MARKS_A_WEEK } from '../bulk/bulk-statement.ts';
import type { DbTransaction } from '../core/client.ts';

/** A member's week, and the generation by whose settings the week was cut. */
export interface TouchedCell {
  readonly memberId: bigint;
  readonly week: string;
  readonly generation: number;
}

/** A cell with a hash of the rows by which a pull request counts in it. */
interface CellShare extends TouchedCell {
  readonly share: string;
}

/** The cells that each pull request touches, by its id. */
export type CellsByPullRequest = ReadonlyMap<bigint, readonly CellShare[]>;

/**
 * The cells that pull requests touch as they are stored now: of the author by creation, merge and closing, of
 * reviewers and of authors of commits; cut in the team's zone. What is incomplete or deleted touches none. Read before
 * and after a write, for `changedCells`.
 */
export async function readTouchedCells(
  tx: DbTransaction,
  teamId: bigint,
  pullRequestIds: readonly bigint[],
): Promise<CellsByPullRequest> {
  if (pullRequestIds.length === 0) {
    return new Map();
  }
  const ids = toArrayLiteral(pullRequestIds);
  const rows = await tx.$queryRaw<(CellShare & { readonly id: bigint })[]>`
    SELECT touched.id, touched.member_id AS "memberId", t.rollup_generation AS generation,
      throughline_week_start(touched.at, t.time_zone, t.week_start)::text AS week,
      sum(hashtextextended(touched.fact, 0))::text AS share
    FROM team t
    CROSS JOIN LATERAL (
      SELECT p.id, p.author_id AS member_id, moment.at, p::text AS fact FROM pull_request p
      CROSS JOIN LATERAL (VALUES (p.created_at), (p.merged_at), (p.closed_at)) AS moment(at)
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
  const cells = new Map<bigint, CellShare[]>();
  for (const { id, ...cell } of rows) {
    const known = cells.get(id);
    if (known === undefined) {
      cells.set(id, [cell]);
    } else {
      known.push(cell);
    }
  }
  return cells;
}

/**
 * The cells in which pull requests count otherwise than before: those that a fact has left or come to, and those whose
 * facts are other ones. A reviewer's week, for one, does not change with the title of what was reviewed.
 */
export function changedCells(
  pullRequestIds: Iterable<bigint>,
  before: CellsByPullRequest,
  after: CellsByPullRequest,
): TouchedCell[] {
  return [...pullRequestIds].flatMap((id) => {
    const [was, is] = [before.get(id) ?? [], after.get(id) ?? []];
    const [wasKeys, isKeys] = [new Set(was.map(toKey)), new Set(is.map(toKey))];
    return [
      ...was.filter((cell) => !isKeys.has(toKey(cell))),
      ...is.filter((cell) => !wasKeys.has(toKey(cell))),
    ];
  });
}

function toKey({ memberId, week, generation, share }: CellShare): string {
  return `${memberId} ${week} ${generation} ${share}`;
}

/**
 * Appends one mark a cell; a week with many of them is marked as a whole. Marks are never unique: a mark that another
 * transaction wrote, and that a rollup has already read, must not swallow ours.
 */
export async function markCells(
  tx: DbTransaction,
  teamId: bigint,
  cells: readonly TouchedCell[],
): Promise<void> {
  if (cells.length > 0) {
    await tx.$executeRaw`
      INSERT INTO rollup_dirty (team_id, week_start, member_id, generation)
      SELECT DISTINCT ${teamId}::bigint, cell.week, CASE WHEN cell.members <= ${MARKS_A_WEEK} THEN cell.member_id END,
        cell.generation
      FROM (
        SELECT touched.*, count(*) OVER (PARTITION BY touched.week, touched.generation) AS members
        FROM (
          SELECT DISTINCT member_id, week, generation
          FROM unnest(${toArrayLiteral(cells.map(({ memberId }) => memberId))}::text::bigint[],
            ${toArrayLiteral(cells.map(({ week }) => week))}::text::date[],
            ${toArrayLiteral(cells.map(({ generation }) => generation))}::text::integer[])
            AS given(member_id, week, generation)
        ) AS touched
      ) AS cell`;
  }
}
