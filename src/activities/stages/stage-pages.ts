import type { DbTransaction } from '../../db/core/client.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { countRequest } from '../../db/sync/sync-runs.ts';
import {
  halveStagePage,
  readStagePageSize,
  type StagePages,
} from '../../db/sync/stage-page-size.ts';
import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import type { StageRun } from './sync-stage.ts';

/** Questions of one step: each is smaller than the one before. */
const MAX_ASKS = 4;

/** The next page of a stage's list, and how much of it may be asked for. */
export interface PlannedPage extends StagePages {
  /** How many entries are asked for first. */
  readonly size: number;
}

/** Reads how many entries of its list a stage asks for now. */
export async function planStagePages(
  tx: DbTransaction,
  run: StageRun,
  stage: SyncStage,
  largest: number,
): Promise<PlannedPage> {
  return { stage, largest, size: await readStagePageSize(tx, run, { stage, largest }) };
}

/**
 * Asks for a page of a stage's list, and for less and less until GitHub answers: half the entries each time, of a single
 * one with less and less detail. What it answers to is remembered for the pages that follow.
 * @param page `details`, the whole first, only numbers last
 * @returns the answer, and how many entries were asked for with all detail; null when less of one was
 * @throws what `ask` throws; GitHubFailure when GitHub does not answer even that
 */
export async function askInHalves<Detail extends string, Answer extends object>(
  context: GitHubContext,
  run: StageRun,
  page: PlannedPage & { readonly details: readonly [Detail, ...Detail[]] },
  ask: (first: number, detail: Detail) => Promise<Answer>,
): Promise<Answer & { readonly size: number | null }> {
  const [whole, ...less] = page.details;
  let size = page.size;
  let detail = whole;
  for (let asks = 1; ; asks += 1) {
    try {
      const answer = await ask(size, detail);
      return { ...answer, size: detail === whole ? size : null };
    } catch (error) {
      if (!(error instanceof GitHubFailure) || !error.isTooHeavy) {
        throw error;
      }
      const failed = size;
      size = await withTeam(context.db, run.teamId, async (tx) => {
        await countRequest(tx, run, 0);
        return halveStagePage(tx, run, page, failed);
      });
      const next = failed === 1 ? less.shift() : whole;
      // When not even numbers come, GitHub is in trouble, not the entry.
      if (asks === MAX_ASKS || next === undefined) {
        throw error;
      }
      detail = next;
    }
  }
}
