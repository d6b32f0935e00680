import type { ActorFact, ActorKind } from '../../domain/members/actor.ts';
import type { NestedFacts, PullRequestFact } from '../../domain/pulls/github-facts.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import { bulkUpsert } from '../bulk/bulk-upsert.ts';
import type { DbTransaction } from '../core/client.ts';
import type { TableDescriptor } from '../bulk/table-descriptor.ts';
import { lockForLogins, settleLoginAccounts, type KnownByLogin } from './login-accounts.ts';

/** An account as it was seen. */
export interface MemberRow {
  readonly actor: ActorFact;
  readonly isExternal: boolean;
}

export const MEMBER: TableDescriptor<MemberRow> = {
  table: 'member',
  columns: [
    { name: 'github_id', type: 'bigint', value: (row) => row.actor.githubId },
    { name: 'login', type: 'text', value: (row) => row.actor.login },
    { name: 'name', type: 'text', value: (row) => row.actor.name },
    { name: 'kind', type: 'text', value: (row) => row.actor.kind, unlessSet: 'kind_set_by_id' },
    {
      name: 'kind_rule',
      type: 'text',
      value: (row) => row.actor.kindRule,
      unlessSet: 'kind_set_by_id',
    },
    // An account that was seen inside once is not made external by a sighting that does not say.
    { name: 'is_external', type: 'boolean', value: (row) => row.isExternal, compare: 'and' },
  ],
  key: ['github_id'],
  returning: [],
};

/** Sightings that do not say what an account is, such as in a usage report: they add members and change none. */
const MEMBER_IF_UNKNOWN: TableDescriptor<MemberRow> = {
  ...MEMBER,
  columns: MEMBER.columns.map((column) => ({ ...column, compare: 'skip' })),
};

/** The accounts that the lists nested in a pull request name, each as often as they do. */
export function nestedAccounts(facts: NestedFacts): MemberRow[] {
  const outside = [
    ...facts.events.flatMap(({ actor, subject }) => [actor, subject]),
    ...facts.commits.map(({ author }) => author),
  ];
  return [
    ...accountsOf([...facts.reviews, ...facts.comments]),
    ...outside.filter((actor) => actor !== null).map((actor) => ({ actor, isExternal: true })),
  ];
}

/** The authors of what GitHub gives with its word on whether they belong to the repository. */
export function accountsOf(
  authored: readonly { readonly author: ActorFact; readonly authorIsInternal: boolean }[],
): MemberRow[] {
  return authored.map(({ author, authorIsInternal }) => ({
    actor: author,
    isExternal: !authorIsInternal,
  }));
}

/** Every account that a page names; whoever merges, or whom GitHub counts among the repository's people, is inside. */
function collectMembers(pullRequests: readonly PullRequestFact[]): MemberRow[] {
  const byId = new Map<bigint, MemberRow>();
  const see = (actor: ActorFact, inside: boolean): void => {
    const seen = byId.get(actor.githubId);
    const isExternal = (seen?.isExternal ?? true) && !inside;
    // A sighting with a name wins over one without: commits and reviews name the same account in different detail.
    const best =
      seen === undefined || (seen.actor.name === null && actor.name !== null) ? actor : seen.actor;
    byId.set(actor.githubId, { actor: best, isExternal });
  };
  for (const pullRequest of pullRequests) {
    see(pullRequest.author, pullRequest.authorIsInternal);
    if (pullRequest.mergedBy !== null) {
      see(pullRequest.mergedBy, true);
    }
    for (const { actor, isExternal } of nestedAccounts(pullRequest)) {
      see(actor, !isExternal);
    }
  }
  return [...byId.values()];
}

/** The member that an account counts as, and its kind: an admin may have set it, or merged the account into another. */
export interface CountedMember {
  readonly id: bigint;
  readonly kind: ActorKind;
}

type Account = Pick<ActorFact, 'githubId'>;

/** Takes the lock that writing the accounts of these pull requests may need, as `lockForLogins` does: first of all locks. */
export async function lockForAccounts(
  tx: DbTransaction,
  teamId: bigint,
  pullRequests: readonly PullRequestFact[],
): Promise<void> {
  // An account without an id is a gap.
  const named = collectMembers(pullRequests.filter(({ gaps }) => gaps.length > 0));
  await lockForLogins(
    tx,
    teamId,
    named.map(({ actor }) => actor),
  );
}

/**
 * Writes the accounts of a page. An unknown author becomes an external member, never null. A transaction that others may
 * run beside must have called `lockForAccounts`.
 */
export async function upsertMembers(
  tx: DbTransaction,
  teamId: bigint,
  pullRequests: readonly PullRequestFact[],
): Promise<WrittenMembers> {
  return writeMembers(tx, teamId, MEMBER, collectMembers(pullRequests), true);
}

/** Writes accounts of people who belong to the team. */
export async function upsertInternalMembers(
  tx: DbTransaction,
  teamId: bigint,
  actors: readonly ActorFact[],
): Promise<WrittenMembers> {
  const rows = actors.map((actor) => ({ actor, isExternal: false }));
  return writeMembers(tx, teamId, MEMBER, rows);
}

/**
 * Adds those of the accounts that the team does not know, as external members. A member that is known already stays as
 * it is.
 */
export async function addUnknownMembers(
  tx: DbTransaction,
  teamId: bigint,
  actors: readonly (ActorFact | null)[],
): Promise<WrittenMembers> {
  const named = actors.filter((actor) => actor !== null);
  const rows = named.map((actor) => ({ actor, isExternal: true }));
  return addUnknownAccounts(tx, teamId, rows);
}

/**
 * The same for sightings that may say that an account is inside, which is all that changes of a known member.
 * @param isLocked whether the transaction has called `lockForLogins` for these accounts
 */
export async function addUnknownAccounts(
  tx: DbTransaction,
  teamId: bigint,
  rows: readonly MemberRow[],
  isLocked = false,
): Promise<WrittenMembers> {
  const inside = new Set(
    rows.filter(({ isExternal }) => !isExternal).map(({ actor }) => actor.githubId),
  );
  const heard = rows.map(({ actor }) => ({ actor, isExternal: !inside.has(actor.githubId) }));
  return writeMembers(tx, teamId, MEMBER_IF_UNKNOWN, heard, isLocked);
}

async function writeMembers(
  tx: DbTransaction,
  teamId: bigint,
  descriptor: TableDescriptor<MemberRow>,
  rows: readonly MemberRow[],
  isLocked = false,
): Promise<WrittenMembers> {
  // No merge comes between the ids that are read here and the facts that are written under them: the lock is held.
  const known = await settleLoginAccounts(
    tx,
    teamId,
    rows.map(({ actor }) => actor),
    isLocked,
  );
  const idOf = ({ actor }: MemberRow): bigint => known.get(actor.githubId) ?? actor.githubId;
  const own = rows.filter(({ actor }) => !known.has(actor.githubId));
  await bulkUpsert(tx, descriptor, teamId, own);
  const members = await tx.$queryRaw<SeenMember[]>`
    SELECT m.github_id AS "githubId", counted.id, counted.kind, m.id AS "ownId",
      m.is_external OR counted.is_external AS "isExternal"
    FROM member m JOIN member counted
      ON counted.team_id = m.team_id AND counted.id = coalesce(m.merged_into_id, m.id)
    WHERE m.team_id = ${teamId} AND m.github_id = ANY (${toArrayLiteral(rows.map(idOf))}::text::bigint[])`;
  const inside = new Set(rows.filter(({ isExternal }) => !isExternal).map(idOf));
  await admit(
    tx,
    teamId,
    members.filter(({ githubId, isExternal }) => isExternal && inside.has(githubId)),
  );
  const counted = new Map(members.map(({ githubId, id, kind }) => [githubId, { id, kind }]));
  return createLookUp(counted, known);
}

/** An account with the member that it counts as. */
interface SeenMember extends CountedMember {
  readonly githubId: bigint;
  readonly ownId: bigint;
  /** Whether either of the two is external. */
  readonly isExternal: boolean;
}

/** Takes accounts in that were seen inside, and the members that they count as: who has a second account inside is inside. */
async function admit(
  tx: DbTransaction,
  teamId: bigint,
  members: readonly SeenMember[],
): Promise<void> {
  if (members.length === 0) {
    return;
  }
  const ids = toArrayLiteral([...new Set(members.flatMap(({ id, ownId }) => [id, ownId]))]);
  await tx.$executeRaw`
    UPDATE member SET is_external = false
    WHERE team_id = ${teamId} AND is_external AND id IN (SELECT m.id FROM member m
      WHERE m.team_id = ${teamId} AND m.id = ANY (${ids}::text::bigint[]) ORDER BY m.id FOR UPDATE)`;
}

export type WrittenMembers = ReturnType<typeof createLookUp>;

/** Finds the members that accounts count as which were just written; it throws for any other account. */
function createLookUp(members: ReadonlyMap<bigint, CountedMember>, known: KnownByLogin) {
  function of({ githubId }: Account): CountedMember {
    const member = members.get(known.get(githubId) ?? githubId);
    if (member === undefined) {
      throw new Error(`account ${githubId} was written but not read back`);
    }
    return member;
  }
  const idOf = (account: Account | null): bigint | null =>
    account === null ? null : of(account).id;
  return { of, idOf };
}
