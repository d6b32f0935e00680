/** Values for the columns that a row needs, each an SQL expression; TEAM stands for the team's id. */
export type RowValues = Readonly<Record<string, string>>;

export const TEAM = '$1::bigint';
export const AT = `timestamptz '2026-03-04 12:00Z'`;

/** A pull request and one row of everything that belongs to it, parents first. */
export const FACT_ROWS: readonly (readonly [table: string, values: RowValues])[] = [
  [
    'pull_request',
    {
      id: TEAM,
      repository_id: TEAM,
      number: '1',
      github_id: TEAM,
      author_id: TEAM,
      title: `'t'`,
      url: `'u'`,
      state: `'OPEN'`,
      is_draft: 'false',
      complete: 'true',
      base_branch: `'main'`,
      head_branch: `'topic'`,
      head_sha: `'abc'`,
      is_revert: 'false',
      is_hotfix: 'false',
      created_at: AT,
      ready_at: AT,
      started_at: AT,
      updated_at: AT,
      synced_at: AT,
    },
  ],
  ['pull_request_label', { label: `'bug'`, pull_request_id: TEAM }],
  [
    'review',
    {
      github_id: TEAM,
      pull_request_id: TEAM,
      reviewer_id: TEAM,
      state: `'APPROVED'`,
      submitted_at: AT,
    },
  ],
  [
    'commit',
    { pull_request_id: TEAM, sha: `'abc'`, headline: `'h'`, authored_at: AT, committed_at: AT },
  ],
  [
    'pull_request_file',
    {
      pull_request_id: TEAM,
      path: `'a.ts'`,
      change_type: `'ADDED'`,
      category: `'OTHER'`,
      additions: '1',
      deletions: '0',
    },
  ],
  [
    'comment',
    {
      kind: `'ISSUE'`,
      github_id: TEAM,
      pull_request_id: TEAM,
      author_id: TEAM,
      body: `'b'`,
      created_at: AT,
      updated_at: AT,
    },
  ],
  [
    'pull_request_event',
    { pull_request_id: TEAM, event_id: `'e'`, kind: `'CLOSED'`, occurred_at: AT },
  ],
  [
    'check_run',
    {
      pull_request_id: TEAM,
      check_id: `'STATUS:ci'`,
      head_sha: `'abc'`,
      name: `'ci'`,
      status: `'QUEUED'`,
    },
  ],
  [
    'ai_signal',
    {
      pull_request_id: TEAM,
      tool: `'claude'`,
      kind: `'TEXT'`,
      location: `'body'`,
      evidence: `'with Claude'`,
      detector_version: `'1'`,
    },
  ],
  [
    'pull_request_gap',
    {
      pull_request_id: TEAM,
      list: `'CHECKS'`,
      item: `'STATUS:ci'`,
      field: `'check.status'`,
      word: `'LATE'`,
      reason: `'check.status is not known'`,
    },
  ],
];
