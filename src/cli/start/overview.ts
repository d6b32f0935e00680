import type { ResultOf, VariablesOf } from 'gql.tada';
import { compose, type GraphQLDocument } from '../../domain/core/graphql-document.ts';
import { gql } from '../core/graphql.ts';
import { METRICS } from '../../metrics/index.ts';
import type { FollowedBackfill } from '../sync/backfill-progress.ts';
import type { GraphQLClient } from '../core/graphql-client.ts';

export interface MetricOverview {
  readonly value: number | null;
  readonly unit: string;
  readonly n: number;
  /** What the mean leaves out, by reason. */
  readonly excluded: readonly { readonly reason: string; readonly n: number }[];
}

export interface WeekOverview {
  readonly weekStart: string;
  /** What the counts leave out, by reason. */
  readonly excluded: readonly { readonly reason: string; readonly pullRequestsMerged: number }[];
  /** By metric key: means with what they are made of, counts as they are; lines come as text, for they may be large. */
  readonly metrics: Readonly<Record<string, MetricOverview | number | string | null>>;
}

/** What a start shows, all of it read through the API. */
export interface Overview {
  readonly team: string;
  readonly repositories: readonly RepositoryOverview[];
  readonly job: FollowedBackfill;
  readonly weeks: readonly WeekOverview[];
}

/** Weeks in the table: a quarter. */
const WEEKS = 12;
const DAY_MS = 24 * 60 * 60 * 1000;

const TEAM_QUERY = gql(`
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
  }`);

type Team = NonNullable<ResultOf<typeof TEAM_QUERY>['team']>;
type RepositoryNode = Team['repositories']['nodes'][number];
export type RepositoryOverview = ReturnType<typeof toRepository>;

/** Reads the team's repositories and the twelve weeks up to its newest pull request, as the API gives them by default. */
export async function readOverview(
  client: Pick<GraphQLClient, 'query'>,
  input: { readonly teamSlug: string; readonly job: FollowedBackfill },
): Promise<Overview> {
  const repositories: RepositoryOverview[] = [];
  let name = input.teamSlug;
  let newest: string | null = null;
  let after: string | null = null;
  do {
    const variables: VariablesOf<typeof TEAM_QUERY> = { slug: input.teamSlug, after };
    const { team }: ResultOf<typeof TEAM_QUERY> = await client.query(TEAM_QUERY, variables);
    if (team === null) {
      throw new Error(`the team ${input.teamSlug} is not shown`);
    }
    name = team.name;
    newest = team.pullRequests.nodes[0]?.createdAt ?? null;
    repositories.push(...team.repositories.nodes.map(toRepository));
    const { pageInfo } = team.repositories;
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  const weeks = newest === null ? [] : await readWeeks(client, input.teamSlug, newest);
  return { team: name, repositories, job: input.job, weeks };
}

/** A repository with how many pull requests there are whose lines and files the source did not say. */
function toRepository({
  nameWithOwner,
  statistics: { sizedPullRequests, ...statistics },
}: RepositoryNode) {
  return {
    name: nameWithOwner,
    ...statistics,
    unsized: statistics.pullRequests.total - sizedPullRequests,
  };
}

type WeeksQuery = GraphQLDocument<
  {
    team: {
      weeklyMetrics: (WeekOverview['metrics'] & Pick<WeekOverview, 'weekStart' | 'excluded'>)[];
    };
  },
  { slug: string; from: string; to: string }
>;

async function readWeeks(
  client: Pick<GraphQLClient, 'query'>,
  slug: string,
  newest: string,
): Promise<readonly WeekOverview[]> {
  const to = new Date(Date.parse(newest) + DAY_MS);
  const from = new Date(to.getTime() - WEEKS * 7 * DAY_MS);
  const fields = METRICS.map((metric) =>
    metric.per === undefined ? metric.key : `${metric.key} { value unit n excluded { reason n } }`,
  ).join(' ');
  const document: WeeksQuery = compose(
    `query Weeks($slug: String!, $from: Date!, $to: Date!) {
      team(slug: $slug) {
        weeklyMetrics(from: $from, to: $to) {
          weekStart ${fields} excluded { reason pullRequestsMerged }
        }
      }
    }`,
  );
  const { team } = await client.query(document, {
    slug,
    from: from.toISOString().slice(0, 10),
    to: to.toISOString().slice(0, 10),
  });
  return team.weeklyMetrics.map(({ weekStart, excluded, ...metrics }) => ({
    weekStart,
    excluded,
    metrics,
  }));
}
