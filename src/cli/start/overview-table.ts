import { formatDuration } from '../../domain/core/quantities.ts';
import { renderTable } from '../core/plain-table.ts';
import type { Types } from '../generated/schema.d.ts';
import type { Overview, WeekOverview } from './overview.ts';

const UNKNOWN = '–';

/** Columns of the week table: heading and metric key. */
const WEEK_COLUMNS = [
  ['opened', 'pullRequestsOpened'],
  ['merged', 'pullRequestsMerged'],
  ['cycle time', 'cycleTime'],
  ['coding', 'codingTime'],
  ['pickup', 'pickupTime'],
  ['review', 'reviewTime'],
  ['merge wait', 'mergeWait'],
  ['reviews', 'reviewsSubmitted'],
  ['commits', 'commits'],
  ['+lines', 'additions'],
  ['-lines', 'deletions'],
] as const;

/** The tables that a start prints: repositories, then the team's weeks. */
export function renderOverview(overview: Overview): string {
  const parts = ['', renderRepositories(overview)];
  const unsized = sum(overview.repositories.map((row) => row.unsized));
  if (unsized > 0) {
    parts.push(
      `Of ${unsized} pull requests the source does not say the size; they count as unknown, not as zero.`,
    );
  }
  if (overview.weeks.length > 0) {
    parts.push(
      '',
      `Weekly metrics of ${overview.team}, means over the pull requests merged in the week`,
    );
    parts.push(renderWeeks(overview.weeks), ...renderLeftOut(overview.weeks));
  }
  for (const part of overview.job.repositories ?? []) {
    if (part.error !== null) {
      parts.push(`${part.repository?.owner}/${part.repository?.name}: ${part.error.message}`);
    }
  }
  if (overview.job.error !== null) {
    parts.push(overview.job.error.message);
  }
  return `${parts.join('\n')}\n`;
}

function renderRepositories({ repositories }: Overview): string {
  return renderTable(
    ['repository', 'pull requests', 'merged', 'open', 'closed', 'reviews', 'commits', 'authors'],
    repositories.map(({ name, pullRequests, reviews, commits, authors }) => {
      const { total, merged, open, closed } = pullRequests;
      return [name, total, merged, open, closed, reviews, commits, authors];
    }),
  );
}

function renderWeeks(weeks: readonly WeekOverview[]): string {
  return renderTable(
    ['week of', ...WEEK_COLUMNS.map(([heading]) => heading)],
    weeks.map(({ weekStart, metrics }) => [
      weekStart,
      ...WEEK_COLUMNS.map(([, key]) => formatMetric(metrics[key])),
    ]),
  );
}

type ExclusionReason = Types['ExclusionReason']['enumValues'];

/** Merged pull requests that the counts leave out, for each reason but the one that means alone have. */
const LEFT_OUT: Readonly<Record<Exclude<ExclusionReason, 'ANOMALY'>, string>> = {
  BOT: 'by bots',
  EXTERNAL: 'by people who do not belong to the team',
  AI_AGENT: 'by AI agents',
  MERGED_BY_MACHINE: 'by AI agents, merged by bots or AI agents',
  OTHER_BRANCH: 'into branches that do not count',
};

/** Why the weeks show fewer merged pull requests than the repositories, and why a mean is of fewer still. */
function renderLeftOut(weeks: readonly WeekOverview[]): string[] {
  const merged = (reason: string): number =>
    sum(
      weeks.flatMap(({ excluded }) =>
        excluded.map((one) => (one.reason === reason ? one.pullRequestsMerged : 0)),
      ),
    );
  const parts = Object.entries(LEFT_OUT)
    .map(([reason, text]) => [merged(reason), text] as const)
    .filter(([n]) => n > 0)
    .map(([n, text]) => `${n} ${text}`);
  const anomalies = sum(weeks.map(countAnomalies));
  return [
    ...(parts.length > 0 ? [`Merged, and in none of these numbers: ${parts.join(', ')}.`] : []),
    ...(anomalies > 0
      ? [
          `Merged, and in no mean: ${anomalies} reviewed, merged or closed before they were created, by GitHub's times.`,
        ]
      : []),
  ];
}

function countAnomalies({ metrics: { cycleTime } }: WeekOverview): number {
  const excluded = typeof cycleTime === 'object' && cycleTime !== null ? cycleTime.excluded : [];
  return sum(excluded.map(({ reason, n }) => (reason === 'ANOMALY' ? n : 0)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

function formatMetric(metric: WeekOverview['metrics'][string] | undefined): string {
  if (typeof metric !== 'object' || metric === null) {
    return String(metric ?? UNKNOWN);
  }
  return metric.value === null ? UNKNOWN : formatDuration(metric.value);
}

/** The same as one JSON object, for scripts. */
export function toJson(overview: Overview): unknown {
  return {
    repositories: overview.repositories,
    pages: overview.job.progress.pages,
    requests: overview.job.progress.requests,
    metrics: {
      weeks: overview.weeks.map(({ weekStart, excluded, metrics }) => ({
        weekStart,
        ...metrics,
        excluded,
      })),
    },
  };
}
