import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { PAGES_AFTER_HALVING } from './page-size.ts';

/** The pages of a stage's list. */
export interface StagePages {
  readonly stage: SyncStage;
  /** Entries that are asked for at a time where GitHub answers that, 1 to 100. */
  readonly largest: number;
}

/** How many entries a stage asks for at a time: as many as it may until GitHub did not answer that. */
export async function readStagePageSize(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  { stage, largest }: StagePages,
): Promise<number> {
  const rows = await tx.$queryRaw<{ size: number | null }[]>`
    SELECT page_size AS size FROM repository_stage
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND stage = ${stage}`;
  return Math.min(rows[0]?.size ?? largest, largest);
}

/**
 * Remembers half of a page size that was too heavy, at least 1. Two attempts that failed with one size halve it once.
 * @param failed how many entries were asked for
 * @returns the size to ask with now
 */
export async function halveStagePage(
  tx: DbTransaction,
  key: RepositoryKey,
  pages: StagePages,
  failed: number,
): Promise<number> {
  await tx.$executeRaw`
    UPDATE repository_stage SET page_size = greatest(1, ${failed}::integer / 2), page_streak = ${-PAGES_AFTER_HALVING}
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND stage = ${pages.stage}
      AND coalesce(page_size, ${pages.largest}::integer) >= ${failed}::integer`;
  return Math.min(await readStagePageSize(tx, key, pages), failed);
}

/** Counts a full page of the stored size that went well; with every ninth the size doubles, up to the largest. */
export async function growStagePage(
  tx: DbTransaction,
  key: RepositoryKey,
  { stage, largest }: StagePages,
  size: number | null,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE repository_stage SET
      page_size = CASE WHEN page_streak < -1 THEN page_size ELSE least(page_size * 2, ${largest}::integer) END,
      page_streak = CASE WHEN page_streak < -1 THEN page_streak + 1 ELSE ${-PAGES_AFTER_HALVING} END
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND stage = ${stage}
      AND page_size = ${size}::integer AND page_size < ${largest}::integer`;
}
