import { readOfRows } from './rows-by-key.ts';

/** Counts of what is stored for a repository, as 32-bit integers. */
export interface RepositoryStatistics {
  readonly total: number;
  readonly merged: number;
  readonly open: number;
  /** Closed without a merge. */
  readonly closed: number;
  /** Distinct authors of pull requests. */
  readonly authors: number;
  /** Pull requests whose size is known. */
  readonly sized: number;
  readonly reviews: number;
  readonly commits: number;
  /** Pull requests that have at least one commit stored. */
  readonly pullRequestsWithCommits: number;
}

const NOTHING: RepositoryStatistics = {
  total: 0,
  merged: 0,
  open: 0,
  closed: 0,
  authors: 0,
  sized: 0,
  reviews: 0,
  commits: 0,
  pullRequestsWithCommits: 0,
};

const STATISTICS = `
WITH wanted AS (SELECT * FROM unnest($1::text::bigint[], $2::text::bigint[]) AS w(team_id, id)),
pulls AS (
  SELECT p.team_id, p.repository_id, count(*) AS total, count(*) FILTER (WHERE p.state = 'MERGED') AS merged,
    count(*) FILTER (WHERE p.state = 'OPEN') AS open, count(*) FILTER (WHERE p.state = 'CLOSED') AS closed,
    count(DISTINCT p.author_id) AS authors, count(p.additions) AS sized
  FROM wanted w JOIN pull_request p ON p.team_id = w.team_id AND p.repository_id = w.id AND p.deleted_at IS NULL
  GROUP BY 1, 2
), reviewed AS (
  SELECT p.team_id, p.repository_id, count(*) AS reviews
  FROM wanted w JOIN pull_request p ON p.team_id = w.team_id AND p.repository_id = w.id AND p.deleted_at IS NULL
  JOIN review r ON r.team_id = p.team_id AND r.pull_request_id = p.id
  GROUP BY 1, 2
), committed AS (
  SELECT p.team_id, p.repository_id, count(*) AS commits, count(DISTINCT p.id) AS pull_requests
  FROM wanted w JOIN pull_request p ON p.team_id = w.team_id AND p.repository_id = w.id AND p.deleted_at IS NULL
  JOIN commit c ON c.team_id = p.team_id AND c.pull_request_id = p.id
  GROUP BY 1, 2
)
SELECT p.team_id AS "teamId", p.repository_id AS id, p.total::integer AS total, p.merged::integer AS merged,
  p.open::integer AS open, p.closed::integer AS closed, p.authors::integer AS authors, p.sized::integer AS sized,
  coalesce(r.reviews, 0)::integer AS reviews, coalesce(c.commits, 0)::integer AS commits,
  coalesce(c.pull_requests, 0)::integer AS "pullRequestsWithCommits"
FROM pulls p
LEFT JOIN reviewed r USING (team_id, repository_id)
LEFT JOIN committed c USING (team_id, repository_id)`;

/** Counts what is stored for repositories, with one statement for all of them. In the order of `keys`. */
export const readRepositoryStatistics = readOfRows<RepositoryStatistics, RepositoryStatistics>(
  STATISTICS,
  ([found = NOTHING]) => found,
);
