import type { DbTransaction } from '../../db/core/client.ts';
import { recordCommentsRead, readShortOfComments } from '../../db/pulls/comments.ts';
import { endOf, type ReviewCommentPage } from '../../github/pulls/review-comments.ts';
import type { StageStep } from '../stages/stage-steps.ts';
import type { StageRun } from '../stages/sync-stage.ts';

/**
 * Begins the stage's cursor once the comments of the repository are read: `own <asked>:<number>:<page>` says for how many
 * pull requests comments were asked, and names the next page of the current one.
 */
const OWN = 'own ';

/** Where the comments of single pull requests begin. */
export const OWN_COMMENTS = `${OWN}0:0:1`;

/**
 * Requests by number in one run for comments that the listing should have brought: the counts may never agree, because
 * GitHub counts what it does not list. Comments that the listing cannot have brought are all asked for.
 */
const MAX_ASKED = 100;

/** Pages of a hundred comments of one pull request, or of one second: a server that ignores the page gives no end. */
export const MAX_COMMENT_PAGES = 100;

export const TOO_MANY_PAGES = `GitHub says after ${MAX_COMMENT_PAGES} pages of review comments that there are more.`;

/** Whether the listing of a repository's comments is over, and those of single pull requests are read. */
export function isOwnComments(cursor: string): boolean {
  return cursor.startsWith(OWN);
}

/** The next page of the comments of a pull request that has fewer than GitHub counts; null when none has. */
export async function planOwnComments(
  planning: DbTransaction,
  run: StageRun,
  cursor: string,
  storePage: (tx: DbTransaction, run: StageRun, page: ReviewCommentPage) => Promise<void>,
): Promise<StageStep | null> {
  const [asked = 0, begun = 0, begunPage = 1] = cursor.slice(OWN.length).split(':').map(Number);
  const planned = await readShortOfComments(planning, run, asked >= MAX_ASKED);
  if (planned === null) {
    return null;
  }
  const { number } = planned;
  const page = number === begun ? begunPage : 1;
  return async (ask) => {
    const found = await ask('core', (github) =>
      github.reviewComments.fetchOwnPage({ repository: run.repository, number, page }),
    );
    const answer =
      found.answer.hasNextPage && page >= MAX_COMMENT_PAGES
        ? endOf(found.answer, TOO_MANY_PAGES)
        : found.answer;
    return {
      to: answer.hasNextPage ? `${OWN}${asked}:${number}:${page + 1}` : `${OWN}${asked + 1}:0:1`,
      async store(tx) {
        await storePage(tx, run, answer);
        if (!answer.hasNextPage) {
          await recordCommentsRead(tx, run, planned);
        }
      },
    };
  };
}
