import { readOfRows } from './rows-by-key.ts';

/** Labels of a pull request that are read: GitHub allows no more. */
export const MAX_LABELS = 100;

const LABELS = `
SELECT t.team_id AS "teamId", t.pull_request_id AS id, (array_agg(t.label ORDER BY t.label))[1:${MAX_LABELS}] AS labels
FROM unnest($1::text::bigint[], $2::text::bigint[]) AS wanted(team_id, id)
JOIN pull_request_label t ON t.team_id = wanted.team_id AND t.pull_request_id = wanted.id
GROUP BY 1, 2`;

/** Labels of pull requests in alphabetical order, with one statement and one row per pull request that has labels. */
export const readLabels = readOfRows<{ readonly labels: string[] }, string[]>(
  LABELS,
  ([found]) => found?.labels ?? [],
);
