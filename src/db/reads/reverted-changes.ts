import { readOfRows } from './rows-by-key.ts';

/** A change that a pull request says it reverts. */
export interface RevertedChange {
  readonly teamId: bigint;
  /** `#12` of the same repository, `owner/name#12` of another one, a commit or a range of commits. */
  readonly reference: string;
  /** The pull request that it names, as far as the team has it. */
  readonly pullRequestId: bigint | null;
}

// A commit is found by the index that ranges of deployments use, with its CASE.
const REVERTED = `
SELECT t.team_id AS "teamId", t.id, change.reference, coalesce(numbered.id, committed.id) AS "pullRequestId"
FROM unnest($1::text::bigint[], $2::text::bigint[]) AS wanted(team_id, id)
JOIN pull_request t ON t.team_id = wanted.team_id AND t.id = wanted.id
CROSS JOIN LATERAL unnest(t.reverts) WITH ORDINALITY AS change(reference, place)
LEFT JOIN LATERAL (
  SELECT p.id FROM repository r
  JOIN pull_request p ON p.team_id = r.team_id AND p.repository_id = r.id
    AND p.number = nullif(split_part(change.reference, '#', 2), '')::integer
  WHERE r.team_id = t.team_id AND p.deleted_at IS NULL AND CASE WHEN starts_with(change.reference, '#')
    THEN r.id = t.repository_id
    ELSE lower(r.owner || '/' || r.name) = lower(split_part(change.reference, '#', 1)) END
  ORDER BY r.id LIMIT 1
) AS numbered ON change.reference LIKE '%#%'
LEFT JOIN LATERAL (
  SELECT p.id FROM pull_request p
  WHERE p.team_id = t.team_id AND p.repository_id = t.repository_id AND p.state = 'MERGED' AND p.deleted_at IS NULL
    AND (CASE WHEN p.merge_commit_sha IS NULL THEN p.head_sha ELSE p.merge_commit_sha END) = change.reference
  ORDER BY p.id LIMIT 1
) AS committed ON change.reference NOT LIKE '%#%'
ORDER BY t.team_id, t.id, change.place`;

/** What pull requests say they revert, in their order, with one statement. In the order of `keys`. */
export const readRevertedChanges = readOfRows<RevertedChange, readonly RevertedChange[]>(
  REVERTED,
  (rows) => rows,
);
