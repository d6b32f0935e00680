import type { ActorFact } from '../domain/actor.ts';
import type { PullRequestFact } from '../domain/github-facts.ts';
import { toArrayLiteral } from './array-literal.ts';
import { bulkUpsert } from './bulk-upsert.ts';
import type { DbTransaction } from './client.ts';
import type { TableDescriptor } from './table-descriptor.ts';

interface MemberRow {
  readonly actor: ActorFact;
  readonly isExternal: boolean;
}

const MEMBER: TableDescriptor<MemberRow> = {
  table: 'member',
  columns: [
    { name: 'github_id', type: 'bigint', value: (row) => row.actor.githubId },
    { name: 'login', type: 'text', value: (row) => row.actor.login },
    { name: 'name', type: 'text', value: (row) => row.actor.name },
    { name: 'kind', type: 'text', value: (row) => row.actor.kind },
    { name: 'kind_rule', type: 'text', value: (row) => row.actor.kindRule },
    // An account that was seen inside once is not made external by a sighting that does not say.
    { name: 'is_external', type: 'boolean', value: (row) => row.isExternal, compare: 'and' },
  ],
  key: ['github_id'],
  returning: [],
};

/** Sightings that do not tell what an account is, such as in a usage report: they add members and change none. */
const MEMBER_IF_UNKNOWN: TableDescriptor<MemberRow> = {
  ...MEMBER,
  columns: MEMBER.columns.map((column) => ({ ...column, compare: 'skip' })),
};

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
    see(pullRequest.author, pullRequest.authorIsInsider);
    if (pullRequest.mergedBy !== null) {
      see(pullRequest.mergedBy, true);
    }
    for (const review of pullRequest.reviews) {
      see(review.author, false);
    }
    for (const commit of pullRequest.commits) {
      if (commit.author !== null) {
        see(commit.author, false);
      }
    }
  }
  return [...byId.values()];
}

/**
 * Writes the accounts of a page and answers their row ids by GitHub id.
 * An unknown author becomes an external member, never null.
 */
export async function upsertMembers(
  tx: DbTransaction,
  teamId: bigint,
  pullRequests: readonly PullRequestFact[],
): Promise<ReadonlyMap<bigint, bigint>> {
  const members = collectMembers(pullRequests);
  await bulkUpsert(tx, MEMBER, teamId, members);
  return readMemberIds(tx, teamId, members);
}

/** Writes accounts of people who belong to the team, and answers their row ids by GitHub id. */
export async function upsertInsiders(
  tx: DbTransaction,
  teamId: bigint,
  actors: readonly ActorFact[],
): Promise<ReadonlyMap<bigint, bigint>> {
  const members = actors.map((actor) => ({ actor, isExternal: false }));
  await bulkUpsert(tx, MEMBER, teamId, members);
  return readMemberIds(tx, teamId, members);
}

/**
 * Adds those of the accounts that the team does not know, as external members, and answers the row ids of all of them
 * by GitHub id. A member that is known already stays as it is.
 */
export async function addUnknownMembers(
  tx: DbTransaction,
  teamId: bigint,
  actors: readonly ActorFact[],
): Promise<ReadonlyMap<bigint, bigint>> {
  const members = actors.map((actor) => ({ actor, isExternal: true }));
  await bulkUpsert(tx, MEMBER_IF_UNKNOWN, teamId, members);
  return readMemberIds(tx, teamId, members);
}

async function readMemberIds(
  tx: DbTransaction,
  teamId: bigint,
  members: readonly MemberRow[],
): Promise<ReadonlyMap<bigint, bigint>> {
  const rows = await tx.$queryRaw<{ id: bigint; github_id: bigint }[]>`
    SELECT id, github_id FROM member
    WHERE team_id = ${teamId}
      AND github_id = ANY (${toArrayLiteral(members.map((row) => row.actor.githubId))}::text::bigint[])`;
  return new Map(rows.map((row) => [row.github_id, row.id]));
}
