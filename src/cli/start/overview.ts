import { METRICS } from '../../metrics/index.ts';
import type { BackfillJob } from '../sync/backfill-progress.ts';
import type { GraphQLClient } from '../core/graphql-client.ts';

interface Statistics {
  readonly pullRequests: Readonly<Record<'total' | 'merged' | 'open' | 'closed', number>>;
  readonly reviews: number;
  readonly commits: number;
  readonly pullRequestsWithCommits: number;
  readonly authors: number;
}

export interface RepositoryOverview extends Statistics {
  readonly name: string;
  /** Pull requests whose lines and files the source did not say. */
  readonly unsized: number;
}

export interface MetricOverview {
  readonly value: number | null;
  readonly unit: string;
  readonly n: number;
}

export interface WeekOverview {
  readonly weekStart: string;
  /** By metric key: means with what they are made of, counts as they are; lines come as text, for they may be large. */
  readonly metrics: Readonly<Record<string, MetricOverview | number | string | null>>;
}

/** What a start shows, all of it read through the API. */
export interface Overview {
  readonly team: string;
  readonly repositories: readonly RepositoryOverview[];
  readonly job: BackfillJob;
  readonly weeks: readonly WeekOverview[];
}

/** Weeks in the table: a quarter. */
const WEEKS = 12;
const DAY_MS = 24 * 60 * 60 * 1000;

interface RepositoryNode {
  readonly nameWithOwner: string;
  readonly statistics: Statistics & { readonly sizedPullRequests: number };
}

/** Reads the team's repositories and the twelve weeks up to its newest pull request, people from outside included. */
export async function readOverview(
  client: GraphQLClient,
  input: { readonly teamSlug: string; readonly job: BackfillJob },
): Promise<Overview> {
  const { teamSlug: slug, job } = input;
  const repositories: RepositoryOverview[] = [];
  let page: TeamPage | undefined;
  do {
    const after = page?.repositories.pageInfo.endCursor ?? null;
    const answer = await client.query<{ team: TeamPage | null }>(TEAM_QUERY, { slug, after });
    if (answer.team === null) {
      throw new Error(`the team ${slug} is not shown`);
    }
    page = answer.team;
    repositories.push(...page.repositories.nodes.map(toRepository));
  } while (page.repositories.pageInfo.hasNextPage);
  const [newest] = page.pullRequests.nodes;
  const weeks = newest === undefined ? [] : await readWeeks(client, slug, newest.createdAt);
  return { team: page.name, repositories, job, weeks };
}

interface TeamPage {
  readonly name: string;
  readonly pullRequests: { readonly nodes: readonly { readonly createdAt: string }[] };
  readonly repositories: {
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly nodes: readonly RepositoryNode[];
  };
}

const TEAM_QUERY = `
  query Overview($slug: String!, $after: String) {
    team(slug: $slug) {
      name
      pullRequests(first: 1) { nodes { createdAt } }
      repositories(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          nameWithOwner
          statistics {
            pullRequests { total merged open closed }
            reviews commits pullRequestsWithCommits authors sizedPullRequests
          }
        }
      }
    }
  }`;

function toRepository(node: RepositoryNode): RepositoryOverview {
  const { sizedPullRequests, ...statistics } = node.statistics;
  return {
    name: node.nameWithOwner,
    ...statistics,
    unsized: statistics.pullRequests.total - sizedPullRequests,
  };
}

async function readWeeks(
  client: GraphQLClient,
  slug: string,
  newest: string,
): Promise<readonly WeekOverview[]> {
  const to = new Date(Date.parse(newest) + DAY_MS);
  const from = new Date(to.getTime() - WEEKS * 7 * DAY_MS);
  const fields = METRICS.map((metric) =>
    metric.per === undefined ? metric.key : `${metric.key} { value unit n }`,
  ).join(' ');
  const { team } = await client.query<{
    team: { weeklyMetrics: (WeekOverview['metrics'] & { weekStart: string })[] };
  }>(
    `query Weeks($slug: String!, $from: Date!, $to: Date!) {
      team(slug: $slug) {
        weeklyMetrics(from: $from, to: $to, includeExternal: true) { weekStart ${fields} }
      }
    }`,
    { slug, from: from.toISOString().slice(0, 10), to: to.toISOString().slice(0, 10) },
  );
  return team.weeklyMetrics.map(({ weekStart, ...metrics }) => ({ weekStart, metrics }));
}
