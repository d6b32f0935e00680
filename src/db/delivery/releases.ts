import type { ReleaseFact } from '../../domain/delivery/delivery-facts.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import { bulkUpsert } from '../bulk/bulk-upsert.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { addUnknownMembers } from '../members/members.ts';
import { describeTable } from '../bulk/describe-table.ts';

const RELEASE = describeTable('Release', { key: ['githubId'] });

/** Writes releases as they stand now. */
export async function storeReleases(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  releases: readonly ReleaseFact[],
  syncedAt: Date,
): Promise<void> {
  const members = await addUnknownMembers(
    tx,
    teamId,
    releases.map(({ author }) => author),
  );
  await bulkUpsert(
    tx,
    RELEASE,
    teamId,
    releases.map((fact) => ({
      ...fact,
      repositoryId,
      authorId: members.idOf(fact.author),
      syncedAt,
    })),
  );
}

/** Which part of a repository's list a page showed: everything that was created between the two, without both. */
export interface ShownReleases {
  /** Null = up to now. */
  readonly before: Date | null;
  /** Null = down to the first. */
  readonly after: Date | null;
  readonly githubIds: readonly bigint[];
}

/** Removes releases that GitHub does not show any more. */
export async function deleteMissingReleases(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  shown: ShownReleases,
): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM release
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId}
      AND created_at < coalesce(${shown.before}::timestamptz, 'infinity')
      AND created_at > coalesce(${shown.after}::timestamptz, '-infinity')
      AND NOT github_id = ANY (${toArrayLiteral(shown.githubIds)}::text::bigint[])`;
}

/** Creation of the oldest draft: it may be published any day; null when there is none. */
export async function readOldestDraft(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
): Promise<Date | null> {
  const [row] = await tx.$queryRaw<{ oldest: Date | null }[]>`
    SELECT min(created_at) AS oldest FROM release
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND is_draft`;
  return row?.oldest ?? null;
}
