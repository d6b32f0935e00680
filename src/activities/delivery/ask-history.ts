import { withTeam } from '../../db/core/team-transaction.ts';
import { countRequest } from '../../db/sync/sync-runs.ts';
import { COMMITS_PER_REQUEST } from '../../domain/delivery/history-depth.ts';
import type { HistoryAnswer, HistoryRequest } from '../../github/delivery/history.ts';
import { isFailure } from '../../github/transport/failures.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import type { AskStage } from '../stages/stage-steps.ts';
import type { StageRun } from '../stages/sync-stage.ts';

/** Commits of a page once GitHub did not answer for a hundred. */
export const FEW_COMMITS = 25;

/** What is asked of a repository's history. */
export type Question = Pick<HistoryRequest, 'page' | 'counted' | 'tip'>;

/**
 * Asks for history, for less of it where it is too much for GitHub.
 * @returns null where GitHub does not tell it: then ranges are compared
 */
export async function askForHistory(
  ask: AskStage,
  context: GitHubContext,
  run: StageRun,
  question: Question,
): Promise<{ readonly answer: HistoryAnswer; readonly size: number } | null> {
  const { repository } = run;
  try {
    const { answer } = await ask('graphql', (github) =>
      github.history.fetch({ repository, ...question }),
    );
    return { answer, size: question.page?.first ?? COMMITS_PER_REQUEST };
  } catch (error) {
    if (isFailure(error, 'FORBIDDEN', 'MISSING_SCOPE', 'SERVER_TOO_OLD', 'UNEXPECTED')) {
      return null;
    }
    if (!isFailure(error, 'TRANSIENT') || !error.isTooHeavy) {
      throw error;
    }
    await withTeam(context.db, run.teamId, (tx) => countRequest(tx, run, 0));
    const { page } = question;
    return page === null || page.first <= FEW_COMMITS
      ? null
      : askForHistory(ask, context, run, {
          page: { ...page, first: FEW_COMMITS },
          counted: [],
          tip: 0,
        });
  }
}
