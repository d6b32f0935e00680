import type pg from 'pg';
import { AT, FACT_ROWS, TEAM, type RowValues } from './fact-rows.ts';

const USER = `(SELECT max(id) FROM app_user)`;

/** One row for every tenant table, parents first. Ids are the team's own, so that two teams' rows can be distinguished. */
const ROWS: readonly (readonly [table: string, values: RowValues])[] = [
  ['membership', { user_id: USER, role: `'ADMIN'` }],
  ['github_connection', { id: TEAM, kind: `'PAT'`, api_url: `'https://api.github.com'` }],
  [
    'repository',
    { id: TEAM, connection_id: TEAM, github_id: TEAM, owner: `'octo'`, name: `'hello'` },
  ],
  [
    'member',
    {
      id: TEAM,
      github_id: TEAM,
      login: `'octocat'`,
      kind: `'HUMAN'`,
      kind_rule: `'seeded'`,
      is_external: 'false',
    },
  ],
  ...FACT_ROWS,
  [
    'ai_usage_daily',
    { member_id: TEAM, date: `date '2026-03-04'`, source: `'COPILOT'`, synced_at: AT },
  ],
  ['rollup_dirty', { week_start: `date '2026-03-02'` }],
  [
    'sync_run',
    {
      id: TEAM,
      kind: `'BACKFILL'`,
      workflow_id: `'w'`,
      workflow_run_id: `'r'`,
      since: AT,
      started_at: AT,
      updated_at: AT,
    },
  ],
  [
    'nested_list',
    { repository_id: TEAM, pull_request_id: TEAM, list: `'FILES'`, cursor: `'next'` },
  ],
  ['nested_list_key', { pull_request_id: TEAM, list: `'FILES'`, key: `'a.ts'` }],
  [
    'deployment',
    {
      github_id: TEAM,
      repository_id: TEAM,
      environment: `'production'`,
      sha: `'abc'`,
      state: `'SUCCESS'`,
      created_at: AT,
      state_at: AT,
      synced_at: AT,
    },
  ],
  ['deployment_commit', { deployment_id: TEAM, sha: `'abc'` }],
  ['history_commit', { repository_id: TEAM, sha: `'abc'` }],
  [
    'release',
    {
      github_id: TEAM,
      repository_id: TEAM,
      tag: `'v1'`,
      url: `'u'`,
      is_draft: 'false',
      is_prerelease: 'false',
      created_at: AT,
      synced_at: AT,
    },
  ],
  [
    'incident',
    {
      id: TEAM,
      source: `'MANUAL'`,
      external_id: `'1'`,
      title: `'down'`,
      opened_at: AT,
      updated_at: AT,
    },
  ],
  ['incident_source', { id: TEAM, name: `'pager'` }],
  [
    'webhook_delivery',
    {
      connection_id: TEAM,
      delivery_id: `'guid'`,
      hook_id: '1',
      event: `'push'`,
      subject: `'{}'`,
      received_at: AT,
    },
  ],
  ['repository_stage', { repository_id: TEAM, stage: `'NESTED_LISTS'` }],
  [
    'repository_month',
    {
      repository_id: TEAM,
      month: `date '2026-03-01'`,
      on_github: '2',
      stored: '1',
      verified_at: AT,
    },
  ],
  [
    'github_etag',
    { connection_id: TEAM, url: `'/repositories/1'`, etag: `'W/"1"'`, fetched_at: AT },
  ],
  [
    'dead_letter',
    {
      repository_id: TEAM,
      entity: `'PULL_REQUEST'`,
      natural_key: `'1'`,
      reason_code: `'BAD'`,
      reason: `'bad'`,
      first_seen_at: AT,
      last_seen_at: AT,
    },
  ],
  [
    'rollup_rebuild',
    {
      id: TEAM,
      reason: `'REQUESTED'`,
      is_dry_run: 'true',
      generation: '2',
      time_zone: `'UTC'`,
      week_start: `'MONDAY'`,
      definition_version: `'v1'`,
      workflow_id: `'w'`,
      workflow_run_id: `'r'`,
      started_at: AT,
      updated_at: AT,
    },
  ],
  ['ai_usage_source', { source: `'COPILOT'`, organization: `'octo'`, connection_id: TEAM }],
  [
    'ai_usage_report',
    {
      source: `'COPILOT'`,
      organization: `'octo'`,
      kind: `'USERS'`,
      day: `date '2026-03-04'`,
      state: `'STORED'`,
      fetched_at: AT,
    },
  ],
  [
    'ai_usage_total_daily',
    {
      source: `'COPILOT'`,
      organization: `'octo'`,
      date: `date '2026-03-04'`,
      dimension: `'TOTAL'`,
      name: `''`,
      synced_at: AT,
    },
  ],
  ['ai_seat', { source: `'COPILOT'`, organization: `'octo'`, member_id: TEAM, synced_at: AT }],
  ['admin_audit', { action: `'SEEDED'`, details: `'{}'` }],
];

/** Tables that hold nothing but numbers beside these columns: the rest is filled with zeros. */
const COUNTED_ROWS: typeof ROWS = [
  [
    'weekly_metrics',
    {
      generation: '1',
      member_id: TEAM,
      week_start: `date '2026-03-02'`,
      definition_version: `'v1'`,
      computed_at: AT,
    },
  ],
  [
    'ai_seat_daily',
    { source: `'COPILOT'`, organization: `'octo'`, date: `date '2026-03-04'`, synced_at: AT },
  ],
  ['sync_page', { sync_run_id: TEAM, page: '1', committed_at: AT }],
];

/**
 * Makes a team with one row in every tenant table.
 * @param connection a superuser's, past row-level security
 * @returns the team's id
 */
export async function seedTenantRows(connection: pg.Client, slug: string): Promise<bigint> {
  await connection.query(`INSERT INTO app_user (email, name) VALUES ($1, $1)`, [slug]);
  const team = await connection.query<{ id: string }>(
    `INSERT INTO team (slug, name) VALUES ($1, $1) RETURNING id`,
    [slug],
  );
  const teamId = BigInt(team.rows[0]?.id ?? 0);
  await connection.query(`SELECT throughline_ensure_usage_partition(date '2026-03-04')`);
  for (const [table, values] of ROWS) {
    await insertRow(connection, teamId, table, values);
  }
  for (const [table, values] of COUNTED_ROWS) {
    const zeros = await requiredNumbers(connection, table, Object.keys(values));
    await insertRow(connection, teamId, table, { ...zeros, ...values });
  }
  return teamId;
}

async function insertRow(
  connection: pg.Client,
  teamId: bigint,
  table: string,
  values: RowValues,
): Promise<void> {
  const columns = ['team_id', ...Object.keys(values)].join(', ');
  const expressions = [TEAM, ...Object.values(values)].join(', ');
  await connection.query(`INSERT INTO "${table}" (${columns}) VALUES (${expressions})`, [teamId]);
}

async function requiredNumbers(
  connection: pg.Client,
  table: string,
  given: readonly string[],
): Promise<RowValues> {
  const { rows } = await connection.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
    WHERE table_name = $1 AND is_nullable = 'NO' AND data_type IN ('bigint', 'integer')
      AND column_name <> 'team_id' AND NOT column_name = ANY ($2)`,
    [table, given],
  );
  return Object.fromEntries(rows.map(({ name }) => [name, '0']));
}
