import { isReviewer, overruleKind, type ActorKind } from '../../domain/members/actor.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { Written } from '../core/admin-audit.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';
import { MEMBERS_LOCK_WAIT_MS, membersLock } from './members-lock.ts';
import { recomputeInBatches } from '../rollups/phase-batches.ts';
import { markMergedWeeksDirty } from '../rollups/dirty-marks.ts';
import type { TeamTransactionOptions } from '../core/team-transaction.ts';

interface MemberRowKey {
  readonly teamId: bigint;
  readonly id: bigint;
}

export interface SetMemberKindInput extends MemberRowKey {
  /** Null gives the decision back to the rules. */
  readonly kind: ActorKind | null;
  readonly actorId: bigint;
}

/** The largest members of a team touch tens of thousands of pull requests. */
const MEMBER_CHANGE_TIMEOUT_MS = 120_000;

/**
 * Sets what kind of account a member is, and computes the phases of what it reviewed anew: bots and AI agents neither
 * start nor end a review, and what they merge is counted apart. Syncs then leave the kind alone. Setting the same again changes nothing. The transaction must
 * be opened with `memberChange`.
 * @throws DomainError NOT_FOUND
 */
export async function setMemberKind(
  tx: DbTransaction,
  input: SetMemberKindInput,
): Promise<Written<void>> {
  const { teamId, id, kind, actorId } = input;
  const [member] = await tx.$queryRaw<
    { kind: ActorKind; kindRule: string; setBy: bigint | null; login: string }[]
  >`
      SELECT kind, kind_rule AS "kindRule", kind_set_by_id AS "setBy", login FROM member
      WHERE team_id = ${teamId} AND id = ${id}`;
  if (member === undefined) {
    throw noMember();
  }
  const decided = overruleKind(member, kind);
  const isSame = decided.kind === member.kind && (kind === null) === (member.setBy === null);
  if (isSame) {
    return { result: undefined, audit: 'UNCHANGED' };
  }
  const reviewed = await readPullRequests(tx, teamId, [id], 'REVIEWED');
  await tx.$executeRaw`
    UPDATE member SET kind = ${decided.kind}, kind_rule = ${decided.kindRule},
      kind_set_by_id = ${kind === null ? null : actorId}::bigint
    WHERE team_id = ${teamId} AND id = ${id}`;
  await recomputeInBatches(tx, teamId, reviewed);
  if (isReviewer(decided.kind) !== isReviewer(member.kind)) {
    await markMergedWeeksDirty(tx, teamId, [id]);
  }
  return {
    result: undefined,
    audit: {
      action: 'MEMBER_KIND',
      details: { member: String(id), login: member.login, from: member.kind, to: decided.kind },
    },
  };
}

/** How a transaction changes members: while no page of facts is written. */
export function memberChange(teamId: bigint): TeamTransactionOptions {
  return {
    advisoryLock: membersLock(teamId),
    timeoutMs: MEMBER_CHANGE_TIMEOUT_MS,
    lockTimeoutMs: MEMBERS_LOCK_WAIT_MS,
  };
}

/** Pull requests that members reviewed, or in which they count at all: as author, merger, reviewer or committer. */
export async function readPullRequests(
  tx: DbTransaction,
  teamId: bigint,
  memberIds: readonly bigint[],
  part: 'REVIEWED' | 'ANY',
): Promise<bigint[]> {
  const ids = toArrayLiteral(memberIds);
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT r.pull_request_id AS id FROM review r
    WHERE r.team_id = ${teamId} AND r.reviewer_id = ANY (${ids}::text::bigint[])
    UNION
    SELECT p.id FROM pull_request p
    WHERE ${part === 'ANY'} AND p.team_id = ${teamId}
      AND (p.author_id = ANY (${ids}::text::bigint[]) OR p.merged_by_id = ANY (${ids}::text::bigint[]))
    UNION
    SELECT c.pull_request_id FROM commit c
    WHERE ${part === 'ANY'} AND c.team_id = ${teamId} AND c.author_id = ANY (${ids}::text::bigint[])
    ORDER BY 1`;
  return rows.map(({ id }) => id);
}

export function noMember(): DomainError {
  return new DomainError('NOT_FOUND', 'There is no such member, or you may not see it.');
}
