import type { ResultOf } from 'gql.tada';
import { formatDuration } from '../../domain/core/quantities.ts';
import { gql } from '../core/graphql.ts';

const RUN_FIELDS = gql(`
  fragment RunFields on SyncRun {
    status stage
    progress {
      pages requests points pullRequestsSeen pullRequestsStored pullRequestsTotal nestedRows
      repositories repositoriesEnded oldestReachedAt waits { kind reason since until }
      fractionDone estimatedSecondsLeft
    }
  }
`);

const SYNC_FIELDS = gql(
  `
  fragment RepositorySyncFields on SyncRun {
    ...RunFields error { message } repository { owner name }
  }
`,
  [RUN_FIELDS],
);

/** As many repositories as have a bar of their own, and how many there are. */
const JOB_FIELDS = gql(
  `
  fragment JobFields on SyncRun {
    id temporalUrl ...RunFields
    error { code message }
    running: repositories(first: 12, status: RUNNING) {
      totalCount
      nodes { ...RepositorySyncFields }
    }
  }
`,
  [RUN_FIELDS, SYNC_FIELDS],
);

/** Follows a backfill. */
export const PROGRESS_SUBSCRIPTION = gql(
  'subscription Progress($id: ID!) { syncRunProgress(id: $id) { ...JobFields } }',
  [JOB_FIELDS],
);

/** The syncs of all repositories of a job, a page at a time. */
export const REPOSITORY_SYNCS_QUERY = gql(
  `
  query RepositorySyncs($id: ID!, $after: String) {
    syncRun(id: $id) {
      repositories(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { ...RepositorySyncFields }
      }
    }
  }
`,
  [SYNC_FIELDS],
);

/** What a job could not store: the first ten, and how many there are. */
export const DEAD_LETTERS_QUERY = gql(`
  query DeadLetters($id: ID!) {
    syncRun(id: $id) {
      deadLetters(first: 10) {
        totalCount
        nodes { entity number key reason nextTryAt repository { owner name } }
      }
    }
  }
`);

export type DeadLetters = NonNullable<
  ResultOf<typeof DEAD_LETTERS_QUERY>['syncRun']
>['deadLetters'];

/** What a job and the syncs of its repositories have in common. */
type RunState = ResultOf<typeof RUN_FIELDS>;

/** A backfill as the API shows it. */
export type BackfillJob = ResultOf<typeof JOB_FIELDS>;

/** The sync of one repository. */
export type RepositorySync = ResultOf<typeof SYNC_FIELDS>;

/** A backfill that is not followed any more. */
export interface FollowedBackfill extends BackfillJob {
  /** The syncs of all its repositories; null while it runs, and where the gateway cannot say it now. */
  readonly repositories: readonly RepositorySync[] | null;
}

const BAR_WIDTH = 20;
const NAME_WIDTH = 32;

const STAGES: Readonly<Record<RunState['stage'], string>> = {
  REPOSITORIES: 'looking up repositories',
  PULL_REQUESTS: 'pull requests',
  NESTED_LISTS: 'long lists',
  REVIEW_COMMENTS: 'review comments',
  CHECK_RUNS: 'check runs',
  DEPLOYMENTS: 'deployments',
  RELEASES: 'releases',
  ROLLUPS: 'rolling up weeks',
};

/** One line for a log: of the whole job. */
export function describeBackfill(job: BackfillJob): string {
  const { progress } = job;
  const parts = [
    `backfill: ${job.status === 'RUNNING' ? `${formatPercent(job)}, ` : ''}${countRepositories(job)}`,
    `${progress.pullRequestsSeen} pull requests on ${progress.pages} pages`,
    ...describeState(job, progress.waits),
  ];
  return parts.join(', ');
}

/** Why a job does not move on, as one text that changes with the reasons alone; empty where it does. */
export function waitsOf(job: BackfillJob): string {
  return job.progress.waits.map(({ kind, reason }) => `${kind} ${reason}`).join(', ');
}

/**
 * A bar for each repository that is being synced, and one for the job, and below them what is waited for, where there is
 * room for it; no line is longer than the terminal is wide.
 */
export function renderBackfill(job: BackfillJob, columns: number): string {
  const { totalCount, nodes } = job.running;
  const more = totalCount - nodes.length;
  const lines = [
    renderLine(countRepositories(job), job),
    ...nodes.map((sync) => renderLine(nameOf(sync), sync)),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...job.progress.waits.map(describeWait),
  ];
  // The spinner and a space stand before the first line.
  return lines.map((line) => truncate(line, columns - 2)).join('\n');
}

/** How a job ended, with the error of each repository sync that failed. */
export function describeEnd(job: FollowedBackfill): string {
  const failures = (job.repositories ?? [])
    .filter(({ error }) => error !== null)
    .map((sync) => `${nameOf(sync)}: ${sync.error?.message ?? ''}`);
  const own = job.error === null ? [] : [job.error.message];
  return [`${describeBackfill(job)} — ${job.status.toLowerCase()}`, ...failures, ...own].join('\n');
}

/** What could not be stored and why, a line each, and what to do; nothing where all was. */
export function describeDeadLetters(letters: DeadLetters | null): string[] {
  if (letters === null || letters.totalCount === 0) {
    return [];
  }
  const { totalCount, nodes } = letters;
  const more = totalCount - nodes.length;
  return [
    `${totalCount} could not be stored:`,
    ...nodes.map(({ entity, number, key, reason, nextTryAt, repository: { owner, name } }) => {
      const what =
        number === null ? `${entity.toLowerCase().replaceAll('_', ' ')} ${key}` : `#${number}`;
      const left = nextTryAt === null ? ' (no sync tries it again unasked)' : '';
      return `  ${owner}/${name} ${what}: ${reason}${left}`;
    }),
    ...(more > 0 ? [`  and ${more} more: see deadLetters of the sync run`] : []),
    'Later syncs try again what has a nextTryAt; the mutation retryDeadLetters has all of them tried at once.',
  ];
}

function countRepositories({ progress: { repositories, repositoriesEnded } }: RunState): string {
  return `${repositoriesEnded} of ${repositories} repositories`;
}

/** Rounded down: 100 % is the end. */
function formatPercent({ progress }: RunState): string {
  return `${Math.floor(progress.fractionDone * 100)} %`;
}

function nameOf({ repository }: RepositorySync): string {
  return repository === null ? 'a removed repository' : `${repository.owner}/${repository.name}`;
}

function renderLine(name: string, run: RunState): string {
  const { fractionDone, pullRequestsSeen, pullRequestsTotal, pages } = run.progress;
  const full = Math.floor(fractionDone * BAR_WIDTH);
  const bar = `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`;
  const total = pullRequestsTotal === null ? '' : ` of ${pullRequestsTotal}`;
  const counts = `${pullRequestsSeen}${total} pull requests, ${pages} pages`;
  return [
    truncate(name, NAME_WIDTH).padEnd(NAME_WIDTH),
    bar,
    formatPercent(run).padStart(5),
    [counts, ...describeState(run)].join(', '),
  ].join(' ');
}

/** How far back, at what cost, in which stage, what it waits for and how long it still takes. */
function describeState(
  { status, stage, progress }: RunState,
  waits: RunState['progress']['waits'] = [],
): string[] {
  const { oldestReachedAt, points, estimatedSecondsLeft } = progress;
  const reached = oldestReachedAt === null ? [] : [`back to ${oldestReachedAt.slice(0, 10)}`];
  if (status !== 'RUNNING') {
    return [...reached, `${points} points`];
  }
  const left =
    estimatedSecondsLeft === null
      ? 'time left unknown'
      : `about ${formatDuration(estimatedSecondsLeft)} left`;
  return [...reached, `${points} points`, STAGES[stage], ...waits.map(describeWait), left];
}

function describeWait({ reason, since, until }: RunState['progress']['waits'][number]): string {
  const from = since === null ? '' : ` since ${since}`;
  const to = until === null ? '' : ` until ${until}`;
  return `waits${from}${to}: ${reason}`;
}

function truncate(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
