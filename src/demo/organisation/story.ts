import { toInstant } from '../core/github-data.ts';
import type {
  CommitData,
  EventData,
  FileData,
  Instant,
  PullRequestData,
  ReviewData,
} from '../core/github-data.ts';
import { MINUTE_MS } from './calendar.ts';
import type { WorkCalendar } from './calendar.ts';
import { changedFiles } from './change-files.ts';
import type { ChangeKind, ChangeText } from './change-text.ts';
import type { Assistant } from './people.ts';
import type { Random } from '../core/random.ts';
import type { RepositoryPlan } from './repositories.ts';
import { signatureOf, trailerFor } from './writers.ts';
import type { Writer } from './writers.ts';

/** What is settled when a pull request is opened. Instants are milliseconds since 1970. */
export interface Opening {
  readonly repository: RepositoryPlan;
  readonly kind: ChangeKind;
  readonly writer: Writer;
  readonly text: ChangeText;
  readonly at: number;
  readonly random: Random;
  readonly calendar: WorkCalendar;
  /** What a revert undoes. */
  readonly undoes: readonly FileData[];
}

/** What has been written into a pull request so far. Ids count from 1 within it. */
export interface Story {
  readonly opening: Opening;
  readonly assistant: Assistant | null;
  readonly commits: CommitData[];
  readonly reviews: ReviewData[];
  readonly reviewComments: PullRequestData['reviewComments'][number][];
  readonly comments: PullRequestData['comments'][number][];
  readonly events: EventData[];
  readonly files: FileData[];
}

export const FIX_UPS = ['Address review comments', 'Fix flaky test', 'Rename after review', 'wip'];
const REMARKS = [
  'Could this be a constant with a name?',
  'What happens when the list is empty?',
  'I would move this next to its only caller.',
  'Nice, that reads much better now.',
  'Das geht auch ohne die Schleife, oder?',
];
const REVIEW_BODIES = ['', '', 'LGTM', 'Looks good to me 👍', 'Thanks, two small remarks.'];

/** Milliseconds since 1970 in GitHub's form, without the fraction of a second. */
export function instant(at: number): Instant {
  return toInstant(new Date(at));
}

export interface NewCommit {
  readonly message: string;
  readonly authored: number;
  readonly committed: number;
  readonly pushed: number;
}

/** One more commit, signed by the writer, with a trailer when an assistant helped. */
export function addCommit({ opening, assistant, commits, files }: Story, commit: NewCommit): void {
  const { random, writer } = opening;
  const trailer = trailerFor(random, writer, assistant);
  const author = signatureOf(random, writer, instant(commit.authored));
  const lines = files.reduce((total, file) => total + file.additions, 0);
  commits.push({
    oid: random.hex(40),
    message: trailer === null ? commit.message : `${commit.message}\n\n${trailer}`,
    author,
    committer: { ...author, date: instant(commit.committed) },
    pushedAt: instant(commit.pushed),
    additions: commits.length === 0 ? lines : random.between(1, 20),
    deletions: random.between(0, 8),
  });
}

/** One more commit after a review, pushed a minute later; it may touch a file that was not touched before. */
export function addFixUp(story: Story, at: number): void {
  const { random, repository, text } = story.opening;
  const pushed = at + MINUTE_MS;
  addCommit(story, { message: random.pick(FIX_UPS), authored: at, committed: at, pushed });
  const [file] = changedFiles(random, repository, 'FIX', text.topic, instant(pushed));
  if (file !== undefined && story.files.every((known) => known.path !== file.path)) {
    story.files.push(file);
  }
}

/** When the writer, or the one who stands in for a machine, gets to it. */
export function whenWriterActs({ opening }: Story, from: number, medianMs: number): number {
  const { random, writer, calendar } = opening;
  return writer.isMachine
    ? from + random.between(4, 40) * MINUTE_MS
    : calendar.nextWork(writer.person, from + random.logNormal(medianMs, 1), random);
}

/** A review; unless it approves, it comes with remarks on the code. */
export function addReview(
  story: Story,
  author: string | null,
  state: ReviewData['state'],
  at: number,
): void {
  const { random, writer } = story.opening;
  const databaseId = story.reviews.length + 1;
  const authorAssociation = associationOf(writer, author);
  story.reviews.push({
    databaseId,
    author,
    authorAssociation,
    state,
    submittedAt: instant(at),
    body: state === 'COMMENTED' ? '' : random.pick(REVIEW_BODIES),
    commitOid: story.commits.at(-1)?.oid ?? null,
  });
  const remarks = state === 'APPROVED' ? 0 : random.between(1, 3);
  for (let index = 0; index < remarks && story.files.length > 0; index += 1) {
    story.reviewComments.push({
      databaseId: story.reviewComments.length + 1,
      reviewId: databaseId,
      author,
      authorAssociation,
      createdAt: instant(at),
      body: random.pick(REMARKS),
      path: random.pick(story.files).path,
    });
  }
}

function associationOf(
  writer: Writer,
  author: string | null,
): PullRequestData['authorAssociation'] {
  if (author === writer.login) return writer.association;
  return author?.endsWith('[bot]') === true ? 'NONE' : 'MEMBER';
}

/** A comment under the pull request, not on its code. */
export function addComment(story: Story, author: string | null, at: number, body: string): void {
  const { writer } = story.opening;
  story.comments.push({
    databaseId: story.comments.length + 1,
    author,
    authorAssociation: associationOf(writer, author),
    createdAt: instant(at),
    body,
  });
}

/** Into or out of draft; the person who put a machine to work does it for the machine. */
export function addEvent(
  { opening, events }: Story,
  kind: 'READY_FOR_REVIEW' | 'CONVERT_TO_DRAFT',
  at: number,
): void {
  const { writer } = opening;
  const actor = writer.isMachine ? writer.person.login : writer.login;
  events.push({ kind, at: instant(at), actor });
}
