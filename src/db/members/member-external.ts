import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import { noMember } from './member-kind.ts';

/** SQL: whether a row `m` of member is external: as an admin has set it, else as GitHub says. */
export const IS_EXTERNAL = 'coalesce(m.external_set, m.is_external)';

export interface SetMemberExternalInput {
  readonly teamId: bigint;
  readonly id: bigint;
  /** Null lets GitHub decide again, with all that it has said in the meantime. */
  readonly isExternal: boolean | null;
  readonly actorId: bigint;
}

/**
 * Sets whether a member is external, whatever GitHub says. Weeks are not computed anew: who counts is decided when they
 * are read. Setting the same again changes nothing.
 * @throws DomainError NOT_FOUND
 */
export async function setMemberExternal(
  tx: DbTransaction,
  { teamId, id, isExternal, actorId }: SetMemberExternalInput,
): Promise<Written<void>> {
  const [member] = await tx.$queryRaw<{ login: string; set: boolean | null; was: boolean }[]>`
    SELECT login, external_set AS "set", coalesce(external_set, is_external) AS was FROM member
    WHERE team_id = ${teamId} AND id = ${id} FOR NO KEY UPDATE`;
  if (member === undefined) {
    throw noMember();
  }
  if (member.set === isExternal) {
    return { result: undefined, audit: 'UNCHANGED' };
  }
  const [changed] = await tx.$queryRaw<{ is: boolean }[]>`
    UPDATE member SET external_set = ${isExternal}::boolean,
      external_set_by_id = CASE WHEN ${isExternal}::boolean IS NOT NULL THEN ${actorId}::bigint END
    WHERE team_id = ${teamId} AND id = ${id}
    RETURNING coalesce(external_set, is_external) AS "is"`;
  return {
    result: undefined,
    audit: {
      action: 'MEMBER_EXTERNAL',
      details: {
        member: String(id),
        login: member.login,
        from: member.was,
        to: changed?.is ?? member.was,
        setBy: isExternal === null ? 'GITHUB' : 'ADMIN',
      },
    },
  };
}
