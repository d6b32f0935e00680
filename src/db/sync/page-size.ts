import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';

/** GitHub answers a hundred pull requests at most. */
const MAX_PAGE_SIZE = 100;

/** Full pages that must go well before more is asked for at a time, after a halving: what was too heavy once may be so again. */
export const PAGES_AFTER_HALVING = 9;

/** How many pull requests a repository is asked for at a time. */
export interface PageSize {
  /** 1 to 100. */
  readonly size: number;
  /** Below zero once a page was too heavy: as many full pages must go well before the size grows. */
  readonly streak: number;
}

/**
 * The size once a further full page of it has gone well, at most 100: it doubles with each page until one was too heavy,
 * and from then on with every ninth.
 */
export function grow({ size, streak }: PageSize): PageSize {
  if (size >= MAX_PAGE_SIZE) {
    return { size, streak };
  }
  if (streak < -1) {
    return { size, streak: streak + 1 };
  }
  return {
    size: Math.min(size * 2, MAX_PAGE_SIZE),
    streak: streak < 0 ? -PAGES_AFTER_HALVING : 0,
  };
}

/**
 * Remembers half of a page size that was too heavy, at least 1. Two attempts that failed with one size halve it once, and
 * a page that was asked for ahead may have failed with a size that the one before it has not led to yet.
 * @param failed how many pull requests were asked for
 * @returns what to ask with now, at most `failed`
 */
export async function halvePageSize(
  tx: DbTransaction,
  key: RepositoryKey,
  failed: number,
): Promise<PageSize> {
  await tx.$executeRaw`
    UPDATE repository SET page_size = greatest(1, ${failed}::integer / 2), page_streak = ${-PAGES_AFTER_HALVING}
    WHERE team_id = ${key.teamId} AND id = ${key.repositoryId} AND page_size >= ${failed}::integer / 2`;
  const [stored] = await tx.$queryRaw<PageSize[]>`
    SELECT page_size AS size, page_streak AS streak FROM repository
    WHERE team_id = ${key.teamId} AND id = ${key.repositoryId}`;
  return {
    size: Math.min(stored?.size ?? failed, failed),
    streak: stored?.streak ?? -PAGES_AFTER_HALVING,
  };
}

/**
 * Counts a full page that went well (`grow`).
 * @param asked what it was asked with: another attempt may have stored something else meanwhile, and that stands
 */
export async function growPageSize(
  tx: DbTransaction,
  key: RepositoryKey,
  asked: PageSize,
): Promise<void> {
  const grown = grow(asked);
  if (grown.size === asked.size && grown.streak === asked.streak) {
    return;
  }
  await tx.$executeRaw`
    UPDATE repository SET page_size = ${grown.size}, page_streak = ${grown.streak}
    WHERE team_id = ${key.teamId} AND id = ${key.repositoryId}
      AND page_size = ${asked.size} AND page_streak = ${asked.streak}`;
}
