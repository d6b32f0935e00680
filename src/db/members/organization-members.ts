import type { ActorFact } from '../../domain/members/actor.ts';
import type { RepositoryName } from '../../domain/sync/repository-name.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import { bulkUpsert } from '../bulk/bulk-upsert.ts';
import type { DbTransaction } from '../core/client.ts';
import { settleLoginAccounts } from './login-accounts.ts';
import { addUnknownAccounts, MEMBER, type MemberRow } from './members.ts';
import type { TableDescriptor } from '../bulk/table-descriptor.ts';

interface ConnectionRowKey {
  readonly teamId: bigint;
  readonly id: bigint;
}

interface OrganizationMemberRow extends MemberRow {
  readonly organization: string;
}

const ORGANIZATION_MEMBER: TableDescriptor<OrganizationMemberRow> = {
  ...MEMBER,
  columns: [
    ...MEMBER.columns,
    { name: 'organization', type: 'text', value: (row) => row.organization },
  ],
};

export interface OrganizationMembers {
  /** Login of the organisation, in the case that GitHub has it in. */
  readonly organization: string;
  /** All of them, or some pages. */
  readonly members: readonly ActorFact[];
}

/** How many members were written. */
export interface StoredMembers {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** Writes who belongs to an organisation: they are inside. */
export async function storeOrganizationMembers(
  tx: DbTransaction,
  teamId: bigint,
  { organization, members }: OrganizationMembers,
): Promise<StoredMembers> {
  await settleLoginAccounts(tx, teamId, members);
  const { inserted, updated, unchanged } = await bulkUpsert(
    tx,
    ORGANIZATION_MEMBER,
    teamId,
    members.map((actor) => ({ actor, organization, isExternal: false })),
  );
  // Who has a second account inside is inside.
  await tx.$executeRaw`
    UPDATE member m SET is_external = false FROM member alias
    WHERE m.team_id = ${teamId} AND m.is_external AND alias.team_id = m.team_id AND alias.merged_into_id = m.id
      AND NOT alias.is_external`;
  return { inserted, updated, unchanged };
}

/** An account that GitHub has just said to belong, with its organisation where it is one's member. */
export interface NewMember {
  readonly actor: ActorFact;
  /** Null for a collaborator of a repository. */
  readonly organization: string | null;
}

/** Takes an account inside. Its name and kind stay as they are where it is known. */
export async function addInsideMember(
  tx: DbTransaction,
  teamId: bigint,
  { actor, organization }: NewMember,
): Promise<void> {
  await addUnknownAccounts(tx, teamId, [{ actor, isExternal: false }]);
  await tx.$executeRaw`
    UPDATE member SET organization = ${organization}
    WHERE team_id = ${teamId} AND github_id = ${actor.githubId} AND ${organization}::text IS NOT NULL
      AND organization IS DISTINCT FROM ${organization}`;
}

/** One account left an organisation: the row stays with what it did. */
export async function releaseMember(
  tx: DbTransaction,
  teamId: bigint,
  { githubId, organization }: { readonly githubId: bigint; readonly organization: string },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE member SET organization = NULL
    WHERE team_id = ${teamId} AND github_id = ${githubId} AND lower(organization) = lower(${organization})`;
}

/** Whether an organisation, or a person, of this login owns a repository that the team syncs. */
export async function ownsRepositories(
  tx: DbTransaction,
  teamId: bigint,
  login: string,
): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM repository
    WHERE team_id = ${teamId} AND lower(owner) = lower(${login}) AND sync_state <> 'GONE' LIMIT 1`;
  return rows.length > 0;
}

/** Who is not among these left the organisation: the row stays with what it did, and loses it. Answers how many did. */
export async function releaseOtherMembers(
  tx: DbTransaction,
  teamId: bigint,
  organization: string,
  githubIds: readonly bigint[],
): Promise<number> {
  return tx.$executeRaw`
    UPDATE member SET organization = NULL
    WHERE team_id = ${teamId} AND lower(organization) = lower(${organization})
      AND NOT github_id = ANY (${toArrayLiteral(githubIds)}::text::bigint[])`;
}

/**
 * Whose these logins are among the stored members of an organisation.
 * @returns GitHub's ids of all of them; null where one of the logins is no stored member's: it may be anybody's new one
 */
export async function findMembersByLogin(
  tx: DbTransaction,
  teamId: bigint,
  organization: string,
  logins: readonly string[],
): Promise<bigint[] | null> {
  const wanted = new Set(logins.map((login) => login.toLowerCase()));
  if (wanted.size === 0) {
    return [];
  }
  const rows = await tx.$queryRaw<{ githubId: bigint; login: string }[]>`
    SELECT github_id AS "githubId", lower(login) AS login FROM member
    WHERE team_id = ${teamId} AND lower(organization) = lower(${organization})
      AND lower(login) = ANY (${toArrayLiteral([...wanted])}::text::text[])`;
  return new Set(rows.map(({ login }) => login)).size === wanted.size
    ? rows.map(({ githubId }) => githubId)
    : null;
}

/** Takes accounts inside that belong to a repository. Their names and kinds stay as they are where they are known. */
export async function addCollaborators(
  tx: DbTransaction,
  teamId: bigint,
  actors: readonly ActorFact[],
): Promise<void> {
  await addUnknownAccounts(
    tx,
    teamId,
    actors.map((actor) => ({ actor, isExternal: false })),
  );
}

/** Names of an owner's repositories that a connection syncs, as they were added. */
export async function readRepositoriesOf(
  tx: DbTransaction,
  { teamId, id }: ConnectionRowKey,
  owner: string,
): Promise<RepositoryName[]> {
  return tx.$queryRaw<RepositoryName[]>`
    SELECT owner, name FROM repository
    WHERE team_id = ${teamId} AND connection_id = ${id} AND lower(owner) = lower(${owner}) AND sync_state = 'ACTIVE'
    ORDER BY id`;
}

/** An organisation, or a person, that owns repositories of a team, with the connection that sees them. */
export interface RepositoryOwner {
  readonly connectionId: bigint;
  readonly owner: string;
}

/** Owners of the repositories of a team that are synced over connections that work, each once a connection. */
export async function readRepositoryOwners(
  tx: DbTransaction,
  teamId: bigint,
): Promise<RepositoryOwner[]> {
  return tx.$queryRaw<RepositoryOwner[]>`
    SELECT r.connection_id AS "connectionId", min(r.owner) AS owner
    FROM repository r JOIN github_connection c ON c.team_id = r.team_id AND c.id = r.connection_id
    WHERE r.team_id = ${teamId} AND r.sync_state = 'ACTIVE' AND c.status = 'ACTIVE'
    GROUP BY 1, lower(r.owner) ORDER BY 1, 2`;
}
