import { formatDuration } from '../../domain/core/quantities.ts';
import { renderTable } from '../core/plain-table.ts';
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
  const unsized = overview.repositories.reduce((sum, row) => sum + row.unsized, 0);
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
    parts.push(renderWeeks(overview.weeks));
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
    metrics: { weeks: overview.weeks.map(({ weekStart, metrics }) => ({ weekStart, ...metrics })) },
  };
}
