import type { DbTransaction } from '../../db/core/client.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { countRequest } from '../../db/sync/sync-runs.ts';
import {
  halveStagePage,
  readStagePageSize,
  type StagePages,
} from '../../db/sync/stage-page-size.ts';
import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import { askInHalves } from '../requests/ask-in-halves.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import type { StageRun } from './sync-stage.ts';

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

/** Asks for a page of a stage's list as `askInHalves` does; what GitHub answers to is remembered for the pages that follow. */
export function askStagePage<Detail extends string, Answer extends object>(
  context: GitHubContext,
  run: StageRun,
  { details, ...page }: PlannedPage & { readonly details: readonly [Detail, ...Detail[]] },
  ask: (first: number, detail: Detail) => Promise<Answer>,
): Promise<Answer & { readonly size: number | null }> {
  const halve = (failed: number): Promise<number> =>
    withTeam(context.db, run.teamId, async (tx) => {
      await countRequest(tx, run, 0);
      return halveStagePage(tx, run, page, failed);
    });
  return askInHalves({ size: page.size, details, halve }, ask);
}
