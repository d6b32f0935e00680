import type { Db } from '../../../src/db/core/client.ts';

/**
 * Every business row of a database as text, ordered, without what may differ between two runs of the same history:
 * row ids (named by their natural keys instead), times of our own clock and attempt counts.
 */
export async function dumpBusinessRows(
  db: Db,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const dump: Record<string, readonly string[]> = {};
  for (const [name, query] of Object.entries(QUERIES)) {
    const rows = await db.$queryRawUnsafe<{ row: string }[]>(
      `SELECT row_to_json(business)::text AS row FROM (${query}) AS business`,
    );
    dump[name] = rows.map((row) => row.row).toSorted();
  }
  return dump;
}

const PULL_REQUEST_KEY = `r.github_id AS repository, p.number`;
const FROM_PULL_REQUEST = `
  JOIN pull_request p ON p.team_id = x.team_id AND p.id = x.pull_request_id
  JOIN repository r ON r.team_id = p.team_id AND r.id = p.repository_id`;

const QUERIES = {
  repository: `SELECT github_id, owner, name, default_branch, is_private, is_archived, sync_state, sync_reason,
    complete_from IS NOT NULL AS complete, watermark IS NOT NULL AS synced FROM repository`,
  member: `SELECT github_id, login, name, kind, kind_rule, is_external, organization FROM member`,
  pull_request: `SELECT r.github_id AS repository, a.login AS author, m.login AS merger,
      to_jsonb(p) - '{team_id,id,repository_id,author_id,merged_by_id,synced_at,review_comments_at}'::text[] AS rest
    FROM pull_request p JOIN repository r ON r.team_id = p.team_id AND r.id = p.repository_id
    JOIN member a ON a.team_id = p.team_id AND a.id = p.author_id
    LEFT JOIN member m ON m.team_id = p.team_id AND m.id = p.merged_by_id`,
  label: `SELECT ${PULL_REQUEST_KEY}, x.label FROM pull_request_label x ${FROM_PULL_REQUEST}`,
  review: `SELECT ${PULL_REQUEST_KEY}, x.github_id, x.state, x.body, x.submitted_at, m.login FROM review x ${FROM_PULL_REQUEST}
    JOIN member m ON m.team_id = x.team_id AND m.id = x.reviewer_id`,
  commit: `SELECT ${PULL_REQUEST_KEY}, m.login, to_jsonb(x) - '{team_id,pull_request_id,author_id}'::text[] AS rest
    FROM commit x ${FROM_PULL_REQUEST} LEFT JOIN member m ON m.team_id = x.team_id AND m.id = x.author_id`,
  file: `SELECT ${PULL_REQUEST_KEY}, to_jsonb(x) - '{team_id,pull_request_id}'::text[] AS rest
    FROM pull_request_file x ${FROM_PULL_REQUEST}`,
  nested_list: `SELECT ${PULL_REQUEST_KEY}, x.list, x.cursor FROM nested_list x ${FROM_PULL_REQUEST}`,
  nested_list_key: `SELECT ${PULL_REQUEST_KEY}, x.list, x.key FROM nested_list_key x ${FROM_PULL_REQUEST}`,
  repository_stage: `SELECT r.github_id AS repository, x.stage, x.is_due, x.cursor, x.watermark
    FROM repository_stage x JOIN repository r ON r.team_id = x.team_id AND r.id = x.repository_id
    WHERE x.stage <> 'PULL_REQUESTS' OR x.cursor IS NOT NULL`,
  repository_month: `SELECT r.github_id AS repository, x.month, x.on_github, x.stored, x.repaired, x.removed
    FROM repository_month x JOIN repository r ON r.team_id = x.team_id AND r.id = x.repository_id`,
  github_etag: `SELECT url FROM github_etag`,
  comment: `SELECT ${PULL_REQUEST_KEY}, m.login, to_jsonb(x) - '{team_id,pull_request_id,author_id}'::text[] AS rest
    FROM comment x ${FROM_PULL_REQUEST} JOIN member m ON m.team_id = x.team_id AND m.id = x.author_id`,
  pull_request_event: `SELECT ${PULL_REQUEST_KEY}, a.login AS actor, s.login AS asked,
      to_jsonb(x) - '{team_id,pull_request_id,actor_id,subject_id}'::text[] AS rest
    FROM pull_request_event x ${FROM_PULL_REQUEST} LEFT JOIN member a ON a.team_id = x.team_id AND a.id = x.actor_id
    LEFT JOIN member s ON s.team_id = x.team_id AND s.id = x.subject_id`,
  check_run: `SELECT ${PULL_REQUEST_KEY}, to_jsonb(x) - '{team_id,pull_request_id}'::text[] AS rest
    FROM check_run x ${FROM_PULL_REQUEST}`,
  ai_signal: `SELECT ${PULL_REQUEST_KEY}, to_jsonb(x) - '{team_id,pull_request_id}'::text[] AS rest
    FROM ai_signal x ${FROM_PULL_REQUEST}`,
  pull_request_gap: `SELECT ${PULL_REQUEST_KEY}, to_jsonb(x) - '{team_id,pull_request_id}'::text[] AS rest
    FROM pull_request_gap x ${FROM_PULL_REQUEST}`,
  deployment: `SELECT r.github_id AS repository, m.login AS creator,
      to_jsonb(x) - '{team_id,repository_id,creator_id,synced_at}'::text[] AS rest
    FROM deployment x JOIN repository r ON r.team_id = x.team_id AND r.id = x.repository_id
    LEFT JOIN member m ON m.team_id = x.team_id AND m.id = x.creator_id`,
  deployment_commit: `SELECT deployment_id, sha FROM deployment_commit`,
  history_commit: `SELECT r.github_id AS repository, x.sha, x.parents, x.committed_at, x.ancestors
    FROM history_commit x JOIN repository r ON r.team_id = x.team_id AND r.id = x.repository_id`,
  release: `SELECT r.github_id AS repository, m.login AS author,
      to_jsonb(x) - '{team_id,repository_id,author_id,synced_at}'::text[] AS rest
    FROM release x JOIN repository r ON r.team_id = x.team_id AND r.id = x.repository_id
    LEFT JOIN member m ON m.team_id = x.team_id AND m.id = x.author_id`,
  incident: `SELECT r.github_id AS repository, to_jsonb(x) - '{team_id,id,repository_id,updated_at}'::text[] AS rest
    FROM incident x LEFT JOIN repository r ON r.team_id = x.team_id AND r.id = x.repository_id`,
  weekly_metrics: `SELECT m.login, to_jsonb(w) - '{team_id,member_id,computed_at}'::text[] AS rest
    FROM weekly_metrics w JOIN member m ON m.team_id = w.team_id AND m.id = w.member_id`,
  rollup_dirty: `SELECT week_start FROM rollup_dirty`,
  sync_run: `SELECT r.github_id AS repository, s.kind, s.status, s.pages, s.requests, s.points, s.pull_requests_seen,
      s.pull_requests_stored, s.nested_rows, s.oldest_reached_at, s.error_code
    FROM sync_run s LEFT JOIN repository r ON r.team_id = s.team_id AND r.id = s.repository_id`,
  sync_page: `SELECT r.github_id AS repository, x.page, x.pull_requests_in, x.pull_requests_inserted,
      x.pull_requests_updated, x.pull_requests_unchanged, x.children_in, x.children_written
    FROM sync_page x JOIN sync_run s ON s.team_id = x.team_id AND s.id = x.sync_run_id
    JOIN repository r ON r.team_id = s.team_id AND r.id = s.repository_id`,
  dead_letter: `SELECT entity, natural_key, reason_code, reason FROM dead_letter`,
} as const;
