import { isApp } from '../../domain/members/actor.ts';
import { recordWritten, type Written } from '../core/admin-audit.ts';
import type { Db, DbTransaction } from '../core/client.ts';
import { withTeam } from '../core/team-transaction.ts';
import { findOnly, readAccounts, type LoginMember } from './login-accounts.ts';
import { memberChange, setMemberKind } from './member-kind.ts';
import { mergeMembers } from './member-merge.ts';

/** No merge is begun after this: the caller is an activity, which has other work to do. */
const BEGIN_WITHIN_MS = 60_000;

/** A member that is known by its login alone, and the member that its account counts as. */
interface Duplicate {
  readonly member: LoginMember;
  readonly intoId: bigint;
}

/**
 * Merges the members of a team that are known by their logins alone with the members that the accounts of these logins
 * count as, by the rules of `settleLoginAccounts`. Each merge is a transaction of its own, which waits for the pages that
 * are being written and keeps others waiting, and is recorded in the audit without an actor. Must not be called within a
 * transaction. Where there is none that is known by its login, it is one short statement.
 * @param beginWithinMs after this no further merge is begun: the next call does the rest
 * @returns how many members were merged
 * @throws the failure of the first merge that failed; those before it stay
 */
export async function mergeLoginAccounts(
  db: Db,
  teamId: bigint,
  beginWithinMs = BEGIN_WITHIN_MS,
): Promise<number> {
  const duplicates = await withTeam(db, teamId, (tx) => findDuplicates(tx, teamId));
  const endsAt = performance.now() + beginWithinMs;
  let merged = 0;
  for (const { member } of duplicates) {
    if (performance.now() >= endsAt) {
      break;
    }
    const isMerged = await withTeam(
      db,
      teamId,
      (tx) => mergeStillDuplicate(tx, teamId, member.id),
      memberChange(teamId),
    );
    merged += isMerged ? 1 : 0;
  }
  return merged;
}

/** Under the lock: what was found before it may have been merged meanwhile, or be nobody's any more. */
async function mergeStillDuplicate(
  tx: DbTransaction,
  teamId: bigint,
  memberId: bigint,
): Promise<boolean> {
  const [duplicate] = await findDuplicates(tx, teamId, memberId);
  if (duplicate !== undefined) {
    await merge(tx, teamId, duplicate);
  }
  return duplicate !== undefined;
}

/** @param memberId where it is given, only this member is looked at */
async function findDuplicates(
  tx: DbTransaction,
  teamId: bigint,
  memberId: bigint | null = null,
): Promise<Duplicate[]> {
  const open = await tx.$queryRaw<(LoginMember & { readonly login: string })[]>`
    SELECT id, github_id AS "githubId", login, kind, kind_rule AS "kindRule", kind_set_by_id AS "kindSetBy",
      merged_into_id AS "mergedInto"
    FROM member
    WHERE team_id = ${teamId} AND github_id < 0 AND merged_into_id IS NULL
      AND (${memberId}::bigint IS NULL OR id = ${memberId}::bigint)
    ORDER BY id`;
  if (open.length === 0) {
    return [];
  }
  const logins = new Set(open.map(({ login }) => login.toLowerCase()));
  const accounts = await readAccounts(tx, teamId, [], logins);
  return open.flatMap((member) => {
    const { login, kindRule } = member;
    const intoId = findOnly(accounts, login.toLowerCase(), isApp(kindRule))?.countedId ?? null;
    return intoId === null || intoId === member.id ? [] : { member, intoId };
  });
}

/** Merges two members; what an admin has said of the kind of the one that goes is kept where nobody has of the other. */
async function merge(
  tx: DbTransaction,
  teamId: bigint,
  { member, intoId }: Duplicate,
): Promise<void> {
  await record(tx, teamId, await mergeMembers(tx, { teamId, fromId: member.id, intoId }));
  if (member.kindSetBy === null) {
    return;
  }
  const [into] = await tx.$queryRaw<{ setBy: bigint | null }[]>`
    SELECT kind_set_by_id AS "setBy" FROM member WHERE team_id = ${teamId} AND id = ${intoId}`;
  if (into?.setBy === null) {
    const { kind, kindSetBy: actorId } = member;
    await record(tx, teamId, await setMemberKind(tx, { teamId, id: intoId, kind, actorId }));
  }
}

/** Records in the audit what no admin asked for. */
async function record(
  tx: DbTransaction,
  teamId: bigint,
  { result, audit }: Written<void>,
): Promise<void> {
  const said =
    audit === 'UNCHANGED' ? audit : { ...audit, details: { ...audit.details, automatic: true } };
  await recordWritten(tx, { teamId, actorId: null }, { result, audit: said });
}
