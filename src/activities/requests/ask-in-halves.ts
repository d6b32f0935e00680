import { GitHubFailure } from '../../github/transport/failures.ts';

/** Questions for one page: each is smaller than the one before. */
const MAX_ASKS = 4;

/** How much of a list is asked for, and what follows when that is too much for GitHub. */
export interface AskedPage<Detail extends string> {
  /** How many entries are asked for first. */
  readonly size: number;
  /** The whole first, only numbers last. */
  readonly details: readonly [Detail, ...Detail[]];
  /** Remembers that so many were too many, at the end of a request without an answer. */
  halve(failed: number): Promise<number>;
}

/**
 * Asks for a page, and for less and less until GitHub answers: half the entries each time, of a single one with less and
 * less detail.
 * @returns the answer, and how many entries were asked for with all detail; null when less of one was
 * @throws what `ask` throws; GitHubFailure when GitHub does not answer even that
 */
export async function askInHalves<Detail extends string, Answer extends object>(
  page: AskedPage<Detail>,
  ask: (first: number, detail: Detail) => Promise<Answer>,
): Promise<Answer & { readonly size: number | null }> {
  const [whole, ...less] = page.details;
  let { size } = page;
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
      size = await page.halve(failed);
      const next = failed === 1 ? less.shift() : whole;
      // When not even numbers come, GitHub is in trouble, not the entry.
      if (asks === MAX_ASKS || next === undefined) {
        throw error;
      }
      detail = next;
    }
  }
}
