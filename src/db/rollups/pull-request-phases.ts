import type { ActorKind } from '../../domain/members/actor.ts';
import type { ReviewState } from '../../domain/pulls/github-facts.ts';
import { CHERRY_PICKED, computePhases } from '../../domain/pulls/pull-request-phases.ts';
import { toArrayLiteral, type SqlScalar } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';

interface StoredPullRequest {
  readonly id: bigint;
  readonly title: string;
  readonly baseBranch: string;
  readonly authorId: bigint;
  readonly createdAt: Date;
  readonly mergedAt: Date | null;
  readonly isDraft: boolean;
  readonly readyAts: readonly string[];
  readonly commits: readonly {
    readonly authored: string;
    readonly committed: string;
    readonly picked: boolean;
  }[];
  readonly reviews: readonly {
    readonly reviewer: string;
    readonly kind: ActorKind;
    readonly state: ReviewState;
    readonly at: string;
  }[];
}

/**
 * Computes the phases of pull requests anew from what is stored of them, with the kinds that their reviewers have now.
 * Marks nothing dirty: the caller reads the touched member weeks before and after.
 */
export async function recomputePhases(
  tx: DbTransaction,
  teamId: bigint,
  ids: readonly bigint[],
): Promise<void> {
  const rows = await tx.$queryRaw<StoredPullRequest[]>`
    SELECT p.id, p.title, p.base_branch AS "baseBranch", p.author_id AS "authorId", p.created_at AS "createdAt", p.merged_at AS "mergedAt",
      p.is_draft AS "isDraft",
      (SELECT coalesce(json_agg(e.occurred_at), '[]') FROM pull_request_event e
        WHERE e.team_id = p.team_id AND e.pull_request_id = p.id AND e.kind = 'READY_FOR_REVIEW') AS "readyAts",
      (SELECT coalesce(json_agg(json_build_object('authored', c.authored_at, 'committed', c.committed_at,
          'picked', coalesce(position(${CHERRY_PICKED} IN c.body) > 0, false))), '[]') FROM commit c
        WHERE c.team_id = p.team_id AND c.pull_request_id = p.id) AS commits,
      (SELECT coalesce(json_agg(json_build_object('reviewer', r.reviewer_id::text, 'kind', m.kind, 'state', r.state,
          'at', r.submitted_at)), '[]')
        FROM review r JOIN member m ON m.team_id = r.team_id AND m.id = r.reviewer_id
        WHERE r.team_id = p.team_id AND r.pull_request_id = p.id) AS reviews
    FROM pull_request p
    WHERE p.team_id = ${teamId} AND p.id = ANY (${toArrayLiteral(ids)}::text::bigint[])`;
  const computed = rows.map((row) => ({ id: row.id, phases: phasesOf(row) }));
  const column = (pick: (row: (typeof computed)[number]) => SqlScalar): string =>
    toArrayLiteral(computed.map(pick));
  await tx.$executeRaw`
    UPDATE pull_request p SET ready_at = n.ready_at, started_at = n.started_at, first_review_at = n.first_review_at,
      last_approval_at = n.last_approval_at, coding_seconds = n.coding, pickup_seconds = n.pickup,
      review_seconds = n.review, merge_wait_seconds = n.merge_wait, cycle_time_seconds = n.cycle_time
    FROM unnest(${column((row) => row.id)}::text::bigint[],
      ${column((row) => row.phases.readyAt)}::text::timestamptz[],
      ${column((row) => row.phases.startedAt)}::text::timestamptz[],
      ${column((row) => row.phases.firstReviewAt)}::text::timestamptz[],
      ${column((row) => row.phases.lastApprovalAt)}::text::timestamptz[],
      ${column((row) => row.phases.seconds?.coding ?? null)}::text::bigint[],
      ${column((row) => row.phases.seconds?.pickup ?? null)}::text::bigint[],
      ${column((row) => row.phases.seconds?.review ?? null)}::text::bigint[],
      ${column((row) => row.phases.seconds?.mergeWait ?? null)}::text::bigint[],
      ${column((row) => row.phases.seconds?.cycleTime ?? null)}::text::bigint[])
      AS n(id, ready_at, started_at, first_review_at, last_approval_at, coding, pickup, review, merge_wait, cycle_time)
    WHERE p.team_id = ${teamId} AND p.id = n.id
      AND (p.ready_at, p.started_at, p.first_review_at, p.last_approval_at, p.coding_seconds, p.pickup_seconds,
          p.review_seconds, p.merge_wait_seconds, p.cycle_time_seconds)
        IS DISTINCT FROM (n.ready_at, n.started_at, n.first_review_at, n.last_approval_at, n.coding, n.pickup, n.review,
          n.merge_wait, n.cycle_time)`;
}

function phasesOf(row: StoredPullRequest): ReturnType<typeof computePhases> {
  return computePhases({
    title: row.title,
    baseBranch: row.baseBranch,
    // Members stand for accounts here: who was merged with another is one with it.
    author: { githubId: row.authorId },
    createdAt: row.createdAt,
    mergedAt: row.mergedAt,
    isDraft: row.isDraft,
    events: row.readyAts.map((at) => ({ kind: 'READY_FOR_REVIEW', occurredAt: new Date(at) })),
    reviews: row.reviews.map((review) => ({
      state: review.state,
      submittedAt: new Date(review.at),
      author: { githubId: BigInt(review.reviewer), kind: review.kind },
    })),
    commits: row.commits.map(({ authored, committed, picked }) => ({
      authoredAt: new Date(authored),
      committedAt: new Date(committed),
      body: picked ? CHERRY_PICKED : null,
    })),
  });
}
