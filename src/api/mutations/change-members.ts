import type { RowKey } from '../../db/reads/rows-by-key.ts';
import type { ActorKind } from '../../domain/members/actor.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { ApiContext } from '../core/context.ts';
import { readRowId } from '../core/global-id.ts';
import { requireAdminOf } from '../core/team-admin.ts';

export interface MergeMembersRequest {
  readonly from: string;
  readonly into: string;
}

export interface SetMemberKindRequest {
  readonly member: string;
  readonly kind?: ActorKind | null | undefined;
}

/**
 * Makes two accounts one member.
 * @returns the member that counts
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT; then nothing is changed
 */
export async function mergeMembers(
  context: ApiContext,
  request: MergeMembersRequest,
): Promise<RowKey> {
  const from = readRowId(request.from, 'Member');
  const into = readRowId(request.into, 'Member');
  const { teamId, userId } = requireAdminOf(context, into.teamId, 'member', 'merge its members');
  requireAdminOf(context, from.teamId, 'member', 'merge its members');
  if (from.teamId !== teamId) {
    throw new DomainError(
      'INVALID_INPUT',
      'Members of two teams cannot be merged: name two of one.',
    );
  }
  await context.services.memberAdmin.merge({
    teamId,
    fromId: from.id,
    intoId: into.id,
    actorId: userId,
  });
  await context.reads.refresh();
  return into;
}

/**
 * Sets what kind of account a member is, or gives the decision back to the rules.
 * @throws DomainError NOT_FOUND, FORBIDDEN; then nothing is changed
 */
export async function setKind(context: ApiContext, request: SetMemberKindRequest): Promise<RowKey> {
  const { teamId, id } = readRowId(request.member, 'Member');
  const { userId } = requireAdminOf(context, teamId, 'member', 'set the kind of its members');
  const kind = request.kind ?? null;
  await context.services.memberAdmin.setKind({ teamId, id, kind, actorId: userId });
  await context.reads.refresh();
  return { teamId, id };
}
