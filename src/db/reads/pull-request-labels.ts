import { toIdArray, type ReadSession } from './read-source.ts';
import type { RowKey } from './rows-by-key.ts';

/** Labels of pull requests in alphabetical order, with one statement and one row per pull request that has labels. */
export async function readLabels(
  session: ReadSession,
  keys: readonly RowKey[],
): Promise<string[][]> {
  const rows = await session.query<{ teamId: bigint; id: bigint; labels: string[] }>(
    `SELECT t.team_id AS "teamId", t.pull_request_id AS id, array_agg(t.label ORDER BY t.label) AS labels
FROM unnest($1::text::bigint[], $2::text::bigint[]) AS wanted(team_id, id)
JOIN pull_request_label t ON t.team_id = wanted.team_id AND t.pull_request_id = wanted.id
GROUP BY 1, 2`,
    [toIdArray(keys.map((key) => key.teamId)), toIdArray(keys.map((key) => key.id))],
  );
  const byKey = new Map(rows.map((row) => [`${row.teamId}:${row.id}`, row.labels]));
  return keys.map((key) => byKey.get(`${key.teamId}:${key.id}`) ?? []);
}
