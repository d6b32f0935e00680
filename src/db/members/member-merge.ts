import { DomainError } from '../../domain/core/errors.ts';
import type { Written } from '../core/admin-audit.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';
import { noMember, readPullRequests } from './member-kind.ts';
import { recomputeInBatches } from '../rollups/phase-batches.ts';

export interface MergeMembersInput {
  readonly teamId: bigint;
  /** The account that is another one of the same person. */
  readonly fromId: bigint;
  /** The member that counts from now on. */
  readonly intoId: bigint;
}

interface MergedMember {
  readonly id: bigint;
  readonly login: string;
  readonly mergedIntoId: bigint | null;
}

/**
 * Makes two accounts one member: all that `from` did is `into`'s, now and in later syncs. AI usage of both on one day
 * is added up, phases are computed anew (nobody reviews their own work), and the weeks that change are marked dirty.
 * Merging the same again changes nothing. The transaction must be opened with `memberChange`.
 * @throws DomainError NOT_FOUND; INVALID_INPUT for a member and itself, and for one that was merged elsewhere
 */
export async function mergeMembers(
  tx: DbTransaction,
  input: MergeMembersInput,
): Promise<Written<void>> {
  const { teamId, fromId, intoId } = input;
  if (fromId === intoId) {
    throw new DomainError('INVALID_INPUT', 'A member cannot be merged with itself: name two.');
  }
  const members = await tx.$queryRaw<MergedMember[]>`
      SELECT id, login, merged_into_id AS "mergedIntoId" FROM member
      WHERE team_id = ${teamId} AND id IN (${fromId}, ${intoId})`;
  const from = members.find(({ id }) => id === fromId);
  const into = members.find(({ id }) => id === intoId);
  if (from === undefined || into === undefined) {
    throw noMember();
  }
  if (from.mergedIntoId === intoId) {
    return { result: undefined, audit: 'UNCHANGED' };
  }
  if (from.mergedIntoId !== null || into.mergedIntoId !== null) {
    const { login } = from.mergedIntoId === null ? into : from;
    throw new DomainError(
      'INVALID_INPUT',
      `${login} was merged into another member already: name that one instead.`,
    );
  }
  const touched = await readPullRequests(tx, teamId, [fromId], 'ANY');
  await repointMembers(tx, input);
  await recomputeInBatches(tx, teamId, touched, (part) => repointPullRequests(tx, input, part));
  await repointOthers(tx, input);
  await mergeUsage(tx, input);
  return {
    result: undefined,
    audit: {
      action: 'MEMBER_MERGE',
      details: { from: String(fromId), into: String(intoId), logins: [from.login, into.login] },
    },
  };
}

/** Who counts as whom from now on, and who is outside. */
async function repointMembers(
  tx: DbTransaction,
  { teamId, fromId, intoId }: MergeMembersInput,
): Promise<void> {
  // Who was merged into the one before counts as the other one now: a chain is never longer than one.
  await tx.$executeRaw`
    UPDATE member SET merged_into_id = ${intoId}
    WHERE team_id = ${teamId} AND (id = ${fromId} OR merged_into_id = ${fromId})`;
  // To GitHub, who has one account inside is inside. What an admin has said of either goes before that, of `into` first.
  await tx.$executeRaw`
    UPDATE member m SET is_external = m.is_external AND other.is_external,
      external_set = coalesce(m.external_set, other.external_set),
      external_set_by_id = CASE WHEN m.external_set IS NULL THEN other.external_set_by_id ELSE m.external_set_by_id END
    FROM member other
    WHERE m.team_id = ${teamId} AND m.id = ${intoId} AND other.team_id = m.team_id AND other.id = ${fromId}`;
}

/** The columns of some pull requests, their reviews and their commits that decide in which weeks they count. */
async function repointPullRequests(
  tx: DbTransaction,
  { teamId, fromId, intoId }: MergeMembersInput,
  part: readonly bigint[],
): Promise<void> {
  const ids = toArrayLiteral(part);
  await tx.$executeRaw`
    UPDATE pull_request SET author_id = CASE author_id WHEN ${fromId} THEN ${intoId}::bigint ELSE author_id END,
      merged_by_id = CASE merged_by_id WHEN ${fromId} THEN ${intoId}::bigint ELSE merged_by_id END
    WHERE team_id = ${teamId} AND id = ANY (${ids}::text::bigint[]) AND (author_id = ${fromId} OR merged_by_id = ${fromId})`;
  await tx.$executeRaw`
    UPDATE review SET reviewer_id = ${intoId}
    WHERE team_id = ${teamId} AND pull_request_id = ANY (${ids}::text::bigint[]) AND reviewer_id = ${fromId}`;
  await tx.$executeRaw`
    UPDATE commit SET author_id = ${intoId}
    WHERE team_id = ${teamId} AND pull_request_id = ANY (${ids}::text::bigint[]) AND author_id = ${fromId}`;
}

/** Every other column that names a member, but for AI usage. */
async function repointOthers(
  tx: DbTransaction,
  { teamId, fromId, intoId }: MergeMembersInput,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE comment SET author_id = ${intoId} WHERE team_id = ${teamId} AND author_id = ${fromId}`;
  await tx.$executeRaw`
    UPDATE pull_request_event SET actor_id = CASE actor_id WHEN ${fromId} THEN ${intoId}::bigint ELSE actor_id END,
      subject_id = CASE subject_id WHEN ${fromId} THEN ${intoId}::bigint ELSE subject_id END
    WHERE team_id = ${teamId} AND (actor_id = ${fromId} OR subject_id = ${fromId})`;
  await tx.$executeRaw`
    UPDATE deployment SET creator_id = ${intoId} WHERE team_id = ${teamId} AND creator_id = ${fromId}`;
  await tx.$executeRaw`
    UPDATE release SET author_id = ${intoId} WHERE team_id = ${teamId} AND author_id = ${fromId}`;
}

/** Usage of both accounts on one day is one row; of two seats in an organisation the one that was used last stays. */
async function mergeUsage(
  tx: DbTransaction,
  { teamId, fromId, intoId }: MergeMembersInput,
): Promise<void> {
  await tx.$executeRaw`
    WITH moved AS (
      DELETE FROM ai_usage_daily WHERE team_id = ${teamId} AND member_id = ${fromId} RETURNING *
    ), written AS (
      INSERT INTO ai_usage_daily AS u (team_id, member_id, date, source, suggestions_shown, suggestions_accepted,
        lines_suggested, lines_accepted, interactions, active_hours, credits, marked_used, synced_at)
      SELECT team_id, ${intoId}::bigint, date, source, suggestions_shown, suggestions_accepted, lines_suggested,
        lines_accepted, interactions, active_hours, credits, marked_used, synced_at FROM moved
      ORDER BY date, source COLLATE "C"
      ON CONFLICT (team_id, member_id, date, source) DO UPDATE SET
        suggestions_shown = u.suggestions_shown + excluded.suggestions_shown,
        suggestions_accepted = u.suggestions_accepted + excluded.suggestions_accepted,
        lines_suggested = u.lines_suggested + excluded.lines_suggested,
        lines_accepted = u.lines_accepted + excluded.lines_accepted,
        interactions = u.interactions + excluded.interactions,
        active_hours = CASE WHEN u.active_hours IS NULL AND excluded.active_hours IS NULL THEN NULL
          ELSE least(24, coalesce(u.active_hours, 0) + coalesce(excluded.active_hours, 0)) END,
        credits = coalesce(u.credits + excluded.credits, u.credits, excluded.credits),
        marked_used = u.marked_used OR excluded.marked_used,
        synced_at = greatest(u.synced_at, excluded.synced_at)
      RETURNING date
    ), weeks AS (
      SELECT DISTINCT throughline_week_start(moved.date::timestamp AT TIME ZONE 'UTC', 'UTC', t.week_start) AS week,
        t.rollup_generation AS generation
      FROM moved JOIN team t ON t.id = moved.team_id
    )
    INSERT INTO rollup_dirty (team_id, week_start, member_id, generation)
    SELECT ${teamId}, weeks.week, counted.id, weeks.generation
    FROM weeks CROSS JOIN (VALUES (${fromId}::bigint), (${intoId}::bigint)) AS counted(id)`;
  await tx.$executeRaw`
    WITH moved AS (
      DELETE FROM ai_seat WHERE team_id = ${teamId} AND member_id = ${fromId} RETURNING *
    )
    INSERT INTO ai_seat AS s (team_id, source, organization, member_id, plan, editor, assigned_at, last_activity_at,
      pending_cancellation_on, synced_at)
    SELECT team_id, source, organization, ${intoId}::bigint, plan, editor, assigned_at, last_activity_at,
      pending_cancellation_on, synced_at FROM moved
    ON CONFLICT (team_id, source, organization, member_id) DO UPDATE SET plan = excluded.plan, editor = excluded.editor,
      assigned_at = excluded.assigned_at, last_activity_at = excluded.last_activity_at,
      pending_cancellation_on = excluded.pending_cancellation_on, synced_at = greatest(s.synced_at, excluded.synced_at)
    WHERE (coalesce(excluded.last_activity_at, '-infinity'), coalesce(excluded.assigned_at, '-infinity'))
      > (coalesce(s.last_activity_at, '-infinity'), coalesce(s.assigned_at, '-infinity'))`;
}
