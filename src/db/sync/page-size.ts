import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';

/** GitHub answers a hundred pull requests at most. */
const MAX_PAGE_SIZE = 100;

/** Full pages that went well before more is asked for at a time. */
export const PAGES_BEFORE_GROWTH = 3;

/** After a halving that many more: what was too heavy once may be so again. */
export const PAGES_AFTER_HALVING = 9;

/**
 * Remembers half of a page size that was too heavy, at least 1. Two attempts that failed with one size halve it once.
 * @param failed how many pull requests were asked for
 * @returns the size to ask with now
 */
export async function halvePageSize(
  tx: DbTransaction,
  key: RepositoryKey,
  failed: number,
): Promise<number> {
  await tx.$executeRaw`
    UPDATE repository SET page_size = greatest(1, ${failed}::integer / 2), page_streak = ${-PAGES_AFTER_HALVING}
    WHERE team_id = ${key.teamId} AND id = ${key.repositoryId} AND page_size >= ${failed}`;
  const rows = await tx.$queryRaw<{ size: number }[]>`
    SELECT page_size AS size FROM repository WHERE team_id = ${key.teamId} AND id = ${key.repositoryId}`;
  return Math.min(rows[0]?.size ?? failed, failed);
}

/**
 * Counts a full page of the stored size that went well; after some of them the size doubles, up to 100.
 * @returns the size to ask with now; null where it is another one already, or can grow no more
 */
export async function growPageSize(
  tx: DbTransaction,
  key: RepositoryKey,
  size: number,
): Promise<number | null> {
  const [grown] = await tx.$queryRaw<{ size: number }[]>`
    UPDATE repository SET
      page_size = CASE WHEN page_streak + 1 < ${PAGES_BEFORE_GROWTH} THEN page_size
        ELSE least(page_size * 2, ${MAX_PAGE_SIZE}) END,
      page_streak = CASE WHEN page_streak + 1 < ${PAGES_BEFORE_GROWTH} THEN page_streak + 1 ELSE 0 END
    WHERE team_id = ${key.teamId} AND id = ${key.repositoryId} AND page_size = ${size}
      AND page_size < ${MAX_PAGE_SIZE}
    RETURNING page_size AS size`;
  return grown?.size ?? null;
}
