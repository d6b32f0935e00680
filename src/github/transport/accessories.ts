/**
 * What a query asks for and a GitHub Enterprise Server may lack. Written as GitHub's schema has it: `Type.field`,
 * `Union/Member` for a kind of thing that is asked about where it may stand, and `Type` for a type as a whole.
 */
export type SchemaElement = string;

/**
 * What a sync does without: `GAP` is counted as not told, with every pull request that was read so; `NOTHING` loses
 * nothing, because what is lacking cannot stand there; else the field that is asked for in its place.
 */
type Substitute = 'GAP' | 'NOTHING' | { readonly field: string };

interface Accessory {
  readonly substitute: Substitute;
  /** The release of GitHub Enterprise Server that has it first; null where every one that is known has it. */
  readonly since: string | null;
}

/**
 * Accessories of what syncs ask for: everything else is needed. The releases are by the schemas of GitHub Enterprise
 * Server that github/docs keeps (`src/graphql/data/ghes-<release>` and `data/graphql/ghes-<release>`, read on 2026-11-30),
 * github.com's days by the pull requests of octokit/graphql-schema. The releases that GitHub supports then have all.
 */
const ACCESSORIES: ReadonlyMap<SchemaElement, Accessory> = new Map([
  // github.com: 2024-02-08 (#896). Not in 3.12, in 3.13; there `databaseId` is on its way out.
  ['PullRequest.fullDatabaseId', { substitute: { field: 'databaseId' }, since: '3.13' }],
  ['PullRequestReview.fullDatabaseId', { substitute: { field: 'databaseId' }, since: '3.13' }],
  // In 3.13; since when exactly is not known.
  ['IssueComment.fullDatabaseId', { substitute: { field: 'databaseId' }, since: '3.13' }],
  // github.com: 2024-04-10 (#928). Not in 3.13, in 3.14; before, only commits had it.
  ['PullRequest.statusCheckRollup', { substitute: 'GAP', since: '3.14' }],
  // github.com: 2022-11-30 (#682), before the features of 3.8 were settled.
  ['PullRequest.totalCommentsCount', { substitute: 'GAP', since: '3.8' }],
  // github.com: 2023-07-11 (#790). Not in 3.10.
  ['RequestedReviewer/Bot', { substitute: 'NOTHING', since: '3.11' }],
  // In all of them, and null is a value that their columns have.
  ['PullRequest.isCrossRepository', { substitute: 'GAP', since: null }],
  ['PullRequest.files', { substitute: 'GAP', since: null }],
  ['Commit.committer', { substitute: 'GAP', since: null }],
  ['BaseRefChangedEvent', { substitute: 'GAP', since: null }],
  ['ConvertToDraftEvent', { substitute: 'GAP', since: null }],
  ['HeadRefForcePushedEvent', { substitute: 'GAP', since: null }],
]);

export const ACCESSORY_ELEMENTS: readonly SchemaElement[] = [...ACCESSORIES.keys()];

/** Whether a sync goes on without it. */
export function isAccessory(element: SchemaElement): boolean {
  return ACCESSORIES.has(element);
}

/** The field that is asked for in place of one that is lacking; null where none is. */
export function substituteFor(element: SchemaElement): string | null {
  const substitute = ACCESSORIES.get(element)?.substitute;
  return typeof substitute === 'object' ? substitute.field : null;
}

/** Whether facts are missing where it is lacking. */
export function isMissed(element: SchemaElement): boolean {
  return ACCESSORIES.get(element)?.substitute === 'GAP';
}

/** The release of GitHub Enterprise Server that has it first; null for what every one that is known has. */
export function releaseWith(element: SchemaElement): string | null {
  return ACCESSORIES.get(element)?.since ?? null;
}

/** The first release of GitHub Enterprise Server that has all that is asked for. */
export const FIRST_WHOLE_RELEASE = '3.14';

/** Whether a server has all that is asked for, by the release that it says; false also where that is no release. */
export function isWhole(version: string | null): boolean {
  const [major, minor] = (version ?? '').split('.').map(Number);
  const [wholeMajor = 0, wholeMinor = 0] = FIRST_WHOLE_RELEASE.split('.').map(Number);
  return (
    major !== undefined &&
    minor !== undefined &&
    (major > wholeMajor || (major === wholeMajor && minor >= wholeMinor))
  );
}
