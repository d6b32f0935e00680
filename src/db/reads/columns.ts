/**
 * What a row of each table answers, under the names of the data model, so that a row read by SQL is the row that
 * Prisma reads. Constant text; the table's alias is `t`.
 */
function columns(names: readonly (readonly [column: string, name: string])[]): string {
  return names.map(([column, name]) => `t.${column} AS "${name}"`).join(', ');
}

/** `pull_request_id` → `["pull_request_id", "pullRequestId"]`. */
function camelCased(list: string): readonly (readonly [string, string])[] {
  return list
    .split(/[\s,]+/)
    .filter((column) => column !== '')
    .map((column) => [
      column,
      column.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    ]);
}

export const TEAM_COLUMNS = columns(
  camelCased(
    `id, slug, name, time_zone, week_start, tracking_started_at, rollup_generation, data_epoch, created_at,
      rollup_definition, ai_usage_retention_days, weekly_metrics_retention_days, ai_usage_retained_from,
      weekly_metrics_retained_from`,
  ),
);

export const REPOSITORY_COLUMNS = columns(
  camelCased(`team_id, id, connection_id, github_id, owner, name, default_branch, is_private, is_archived, sync_state,
    sync_reason, complete_from, watermark, page_size, created_at`),
);

export const MEMBER_COLUMNS = columns(
  camelCased(`team_id, id, github_id, login, name, kind, kind_rule, is_external, kind_set_by_id, merged_into_id,
    organization, created_at`),
);

export const PULL_REQUEST_COLUMNS = columns(
  camelCased(`team_id, id, repository_id, number, github_id, title, url, state, is_draft, author_id, merged_by_id,
    base_branch, head_branch, head_sha, merge_commit_sha, additions, deletions, changed_files, is_revert, is_hotfix,
    text_cleaned, created_at, ready_at, started_at, first_review_at, last_approval_at, merged_at, closed_at, updated_at,
    coding_seconds, pickup_seconds, review_seconds, merge_wait_seconds, cycle_time_seconds, complete, comment_count, check_state, deleted_at, synced_at`),
);

export const REVIEW_COLUMNS = columns(
  camelCased('team_id, github_id, pull_request_id, reviewer_id, state, body, submitted_at'),
);

export const COMMIT_COLUMNS = columns(
  camelCased(
    `team_id, pull_request_id, sha, author_id, author_name, headline, co_authors, body, authored_at, committed_at`,
  ),
);

export const COMMENT_COLUMNS = columns(
  camelCased(`team_id, kind, github_id, pull_request_id, author_id, body, path, review_id, reply_to_id, created_at,
    updated_at`),
);

export const PULL_REQUEST_EVENT_COLUMNS = columns(
  camelCased(
    `team_id, pull_request_id, event_id, kind, actor_id, subject_id, subject, before, after, occurred_at`,
  ),
);

export const CHECK_RUN_COLUMNS = columns(
  camelCased(
    `team_id, pull_request_id, check_id, head_sha, name, app, status, conclusion, started_at, completed_at`,
  ),
);

export const DEPLOYMENT_COLUMNS = columns(
  camelCased(`team_id, github_id, repository_id, environment, ref, sha, state, creator_id, description, created_at,
    state_at, succeeded_at, compare_state, compare_reason, compared_with_id, commit_count, synced_at`),
);

export const RELEASE_COLUMNS = columns(
  camelCased(`team_id, github_id, repository_id, tag, name, url, sha, is_draft, is_prerelease, author_id, created_at,
    published_at, synced_at`),
);

export const INCIDENT_COLUMNS = columns(
  camelCased(`team_id, id, source, external_id, title, url, repository_id, environment, deployment_id, opened_at,
    resolved_at, updated_at`),
);

export const FILE_COLUMNS = columns(
  camelCased('team_id, pull_request_id, path, change_type, category, additions, deletions'),
);

export const ROLLUP_REBUILD_COLUMNS = columns(
  camelCased(`team_id, id, reason, status, is_dry_run, generation, time_zone, week_start, definition_version, from_week,
    to_week, next_week, weeks_total, weeks_done, member_weeks_inserted, member_weeks_updated, member_weeks_removed, member_weeks_unchanged,
    workflow_id, workflow_run_id, requested_by_id, error_code, error_message, started_at, updated_at, finished_at`),
);

export const WEBHOOK_DELIVERY_COLUMNS = columns(
  camelCased(`team_id, connection_id, delivery_id, hook_id, event, action, subject, state, reason, attempts,
    received_at, signalled_at, processed_at`),
);

export const ADMIN_AUDIT_COLUMNS = columns(
  camelCased('team_id, id, at, actor_id, action, details'),
);

export const SYNC_RUN_COLUMNS = columns([
  ...camelCased(`team_id, id, parent_id, repository_id, kind, status, workflow_id, workflow_run_id, requested_by_id,
    requested_names, since, cursor, pages, requests, points, pull_requests_seen, pull_requests_stored,
    pull_requests_total, oldest_reached_at, newest_seen_at, waiting_until, waiting_reason, stage, paused_at, nested_rows,
    error_code, error_message, started_at, updated_at, finished_at`),
]);
