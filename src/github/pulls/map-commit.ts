import { parseInstant } from '../../domain/core/instants.ts';
import { signalsOfCommit } from '../../domain/pulls/ai-detection.ts';
import type { AiSignalFact, CommitFact } from '../../domain/pulls/github-facts.ts';
import { UnreadableError } from '../transport/wire-values.ts';
import type { EntryReader } from './entry-reader.ts';
import { readActor } from './map-account.ts';
import { coAuthorsOf, signalsOfMakers } from './map-commit-makers.ts';
import type { CommitNode } from './nested-pages.ts';

/** An address within angle brackets, as trailers have it. */
const ADDRESS = /<[^<>\s]*@[^<>\s]*>/g;

/**
 * When a commit was authored and committed. Git takes both from the clock of whoever made it, or from what they say: one
 * that no column holds is not known, and the other stands for it, which is noted and counts as replaced text.
 * @throws UnreadableError where neither can be held
 */
function toCommitDates(
  { authoredDate, committedDate }: CommitNode,
  reader: EntryReader,
): Pick<CommitFact, 'authoredAt' | 'committedAt'> {
  const [authored, committed] = [parseInstant(authoredDate), parseInstant(committedDate)];
  for (const [field, date] of [
    ['authoredDate', authored],
    ['committedDate', committed],
  ] as const) {
    if (date === null) {
      reader.cleaner.replaced = true;
      reader.note(field, `${field} is no time of the years 1970 to 2100`);
    }
  }
  const authoredAt = authored ?? committed;
  const committedAt = committed ?? authored;
  if (authoredAt === null || committedAt === null) {
    throw new UnreadableError('neither date of a commit is a time of the years 1970 to 2100');
  }
  return { authoredAt, committedAt };
}

/**
 * A commit with the signals that its message holds: they are looked for before addresses are taken out.
 * @throws UnreadableError, TypeError where it has no name, no message, or no date that a column holds
 */
export function toCommit(
  raw: CommitNode,
  reader: EntryReader,
): { readonly commit: CommitFact; readonly aiSignals: readonly AiSignalFact[] } {
  const { cleaner } = reader;
  const dates = toCommitDates(raw, reader);
  const sha = cleaner.cleanKey(raw.oid, 'sha of a commit');
  const message = cleaner.clean(raw.message, 'message of a commit');
  const headline = cleaner.clean(raw.messageHeadline, 'headline of a commit');
  const titleEnd = message.indexOf('\n');
  const body = titleEnd < 0 ? '' : message.slice(titleEnd).replaceAll(ADDRESS, '').trim();
  const { author } = raw;
  const user = author?.user;
  const commit: CommitFact = {
    sha,
    author: user == null ? null : readActor({ ...user, __typename: 'User' }, reader, 'author'),
    authorName: reader.optional('authorName', () =>
      author?.name ? cleaner.clean(author.name, 'author of a commit') : null,
    ),
    headline,
    coAuthors: coAuthorsOf(message),
    body: body === '' ? null : body,
    ...dates,
  };
  const ofMessage = signalsOfCommit(sha, message, [dates.authoredAt, dates.committedAt]);
  return { commit, aiSignals: [...ofMessage, ...signalsOfMakers(sha, raw)] };
}
