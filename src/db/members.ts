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
  const rows = await tx.$queryRaw<{ id: bigint; github_id: bigint }[]>`
    SELECT id, github_id FROM member
    WHERE team_id = ${teamId}
      AND github_id = ANY (${toArrayLiteral(members.map((row) => row.actor.githubId))}::text::bigint[])`;
  return new Map(rows.map((row) => [row.github_id, row.id]));
}
