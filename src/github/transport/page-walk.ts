import { ContradictoryListError } from './answers.ts';
import { TextCleaner, toFlag, UnreadableError } from './wire-values.ts';

/** Where a walk over the pages of one of GitHub's lists stands. It is kept between requests as one text. */
interface Position {
  /** GitHub's, behind the pages that were read. */
  readonly cursor: string;
  /** How many were read. */
  readonly pages: number;
  /** GitHub's cursor behind the last page whose number is a power of two. */
  readonly mark: string;
}

/** A million entries: beyond, a list does not end by itself. */
const MAX_PAGES = 10_000;

/** `pages:length of the mark:mark`, and the cursor behind it; both may be any text. */
const FORMAT = /^(\d+):(\d+):/;

function parse(text: string): Position {
  const [head = '', pages, length] = FORMAT.exec(text) ?? [];
  if (head === '') {
    // Of a walk that was begun when a cursor was that of GitHub alone.
    return { cursor: text, pages: 1, mark: text };
  }
  const end = head.length + Number(length);
  return { cursor: text.slice(end), pages: Number(pages), mark: text.slice(head.length, end) };
}

/** What GitHub is to be asked with to read a list on from a cursor of `nextCursorOf`; null where it is read from its start. */
export function toGitHubCursor(cursor: string | null): string | null {
  return cursor === null ? null : parse(cursor).cursor;
}

/**
 * The cursor of the page that follows; null at the end of the list. Beside GitHub's it holds what tells whether the
 * walk gets anywhere, and it is kept and handed back as it is. GitHub's cursors that come round again are found by
 * Brent's algorithm: each is compared with the one behind page 1, 2, 4, 8 and so on. Nothing else has to be kept, and
 * the walk ends within three times the pages that were read before the first that came again.
 * @param asked the cursor that the page was asked for with; null for the first
 * @param maxPages how many pages the list can have at most
 * @throws UnreadableError when there is more and no cursor to it that can be kept and leads on: that is not the end
 */
export function nextCursorOf(
  {
    pageInfo,
  }: {
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  },
  asked: string | null,
  maxPages = MAX_PAGES,
): string | null {
  if (!toFlag(pageInfo.hasNextPage, 'hasNextPage')) {
    return null;
  }
  const cursor = toCursor(pageInfo.endCursor);
  const before = asked === null ? null : parse(asked);
  if (cursor === before?.cursor || cursor === before?.mark) {
    throw new ContradictoryListError('the pages do not move on, the same cursor comes again');
  }
  const pages = (before?.pages ?? 0) + 1;
  if (pages >= maxPages) {
    throw new ContradictoryListError(
      `the pages do not come to an end, there are ${pages} and more`,
    );
  }
  const mark = before === null || isPowerOfTwo(pages) ? cursor : before.mark;
  return `${pages}:${mark.length}:${mark}${cursor}`;
}

/** @throws ContradictoryListError for what is no cursor, or none that can be kept: another one would lead elsewhere */
function toCursor(given: string | null): string {
  if (typeof given !== 'string' || given === '') {
    throw new ContradictoryListError('a page says that there is more, and not where it goes on');
  }
  const cleaner = new TextCleaner();
  try {
    const cursor = cleaner.cleanKey(given, 'the cursor of the next page');
    if (!cleaner.replaced) {
      return cursor;
    }
  } catch (error) {
    throw error instanceof UnreadableError ? new ContradictoryListError(error.message) : error;
  }
  throw new ContradictoryListError('the cursor of the next page is no text that can be kept');
}

function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}
