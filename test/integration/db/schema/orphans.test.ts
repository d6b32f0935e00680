import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AI_USAGE } from '../../../../src/db/usage/ai-usage-table.ts';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import { findOrphans } from '../../../../src/db/retention/orphans.ts';
import {
  AI_SIGNAL,
  CHECK_RUN,
  COMMENT,
  COMMIT,
  EVENT,
  FILE,
  LABEL,
  REVIEW,
} from '../../../../src/db/pulls/pull-request-tables.ts';
import { openScene, type Scene } from '../scene.ts';

/** What proves a key that PostgreSQL does not: the writer with the descriptor's `references`, or the reason named here. */
const PROVED = [
  AI_SIGNAL,
  AI_USAGE,
  CHECK_RUN,
  COMMENT,
  COMMIT,
  EVENT,
  FILE,
  LABEL,
  REVIEW,
].flatMap(({ table, references = [] }) =>
  references.map((reference) => `${table}.${reference.column} -> ${reference.table}`),
);
const PROVED_OTHERWISE: Readonly<Record<string, string>> = {
  'deployment_commit.deployment_id -> deployment':
    'the statement that writes them reads the deployment',
  'weekly_metrics.member_id -> member': 'a member week comes from rows that name the member',
  'weekly_metrics.team_id -> team':
    'row-level security lets a member week in for the own team only',
};

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

describe('a foreign key that is not enforced', () => {
  it('is proved by the bulk writer, or named with the reason why it needs no proof', async () => {
    const { rows } = await scene.sql.query<{ key: string }>(`
      SELECT format('%s.%s -> %s', conrelid::regclass,
        (SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute
          WHERE attrelid = conrelid AND attnum = ANY (conkey) AND (attname <> 'team_id' OR cardinality(conkey) = 1)),
        confrelid::regclass) AS key
      FROM pg_constraint WHERE contype = 'f' AND NOT conenforced AND conparentid = 0`);
    const keys = rows.map(({ key }) => key);
    expect(keys.length).toBeGreaterThanOrEqual(9);
    expect(keys.toSorted()).toEqual([...PROVED, ...Object.keys(PROVED_OTHERWISE)].toSorted());
  });

  it('has parents that gateway and workers cannot delete', async () => {
    const { rows } = await scene.sql.query<{ parent: string }>(`
      SELECT DISTINCT confrelid::regclass::text AS parent FROM pg_constraint
      WHERE contype = 'f' AND NOT conenforced
        AND has_table_privilege('throughline_application', confrelid, 'DELETE, TRUNCATE')`);
    expect(rows).toEqual([]);
  });
});

describe('the search for orphans', () => {
  const search = () => withDirectConnection(scene.database.maintenanceUrl, findOrphans);

  it('looks at every such key of the catalogue, and finds none in an empty database', async () => {
    const found = await search();
    expect(found.map(({ table, constraint }) => `${table} ${constraint}`)).toEqual([
      'ai_signal ai_signal_team_id_pull_request_id_fkey',
      'ai_usage_daily ai_usage_daily_team_id_member_id_fkey',
      'check_run check_run_team_id_pull_request_id_fkey',
      'comment comment_team_id_author_id_fkey',
      'comment comment_team_id_pull_request_id_fkey',
      'commit commit_team_id_author_id_fkey',
      'commit commit_team_id_pull_request_id_fkey',
      'deployment_commit deployment_commit_team_id_deployment_id_fkey',
      'pull_request_event pull_request_event_team_id_actor_id_fkey',
      'pull_request_event pull_request_event_team_id_pull_request_id_fkey',
      'pull_request_event pull_request_event_team_id_subject_id_fkey',
      'pull_request_file pull_request_file_team_id_pull_request_id_fkey',
      'pull_request_label pull_request_label_team_id_pull_request_id_fkey',
      'review review_team_id_pull_request_id_fkey',
      'review review_team_id_reviewer_id_fkey',
      'weekly_metrics weekly_metrics_team_id_fkey',
      'weekly_metrics weekly_metrics_team_id_member_id_fkey',
    ]);
    expect(found.every(({ orphans }) => orphans === 0)).toBe(true);
  });

  it('counts planted orphans of any team and partition, and no row that names nothing or what is there', async () => {
    await scene.sql.query(`
      INSERT INTO team (id, slug, name) VALUES (1, 'one', 'One'), (2, 'two', 'Two');
      INSERT INTO member (team_id, id, github_id, login, kind, kind_rule, is_external)
        VALUES (1, 11, 1, 'a', 'HUMAN', 'USER', false), (2, 22, 2, 'b', 'HUMAN', 'USER', false);
      SELECT throughline_ensure_usage_partition(day) FROM (VALUES (date '2026-03-01'), ('2026-04-01')) AS d(day);
      INSERT INTO ai_usage_daily (team_id, member_id, date, source, synced_at) VALUES
        (1, 11, '2026-03-01', 'COPILOT', now()), (2, 22, '2026-04-01', 'COPILOT', now()),
        (1, 22, '2026-03-01', 'COPILOT', now()), (2, 11, '2026-04-01', 'COPILOT', now()),
        (2, 99, '2026-04-01', 'COPILOT', now());
      INSERT INTO commit (team_id, pull_request_id, sha, author_id, author_name, headline, authored_at, committed_at)
        VALUES (1, 5, 'abc', NULL, 'a', 'b', now(), now());`);
    const found = await search();
    expect(found.filter(({ orphans }) => orphans > 0)).toEqual([
      { table: 'ai_usage_daily', constraint: 'ai_usage_daily_team_id_member_id_fkey', orphans: 3 },
      { table: 'commit', constraint: 'commit_team_id_pull_request_id_fkey', orphans: 1 },
    ]);
  });

  it('is refused to a role that does not see all teams, for which there would be no orphans', async () => {
    await expect(
      withDirectConnection(scene.database.applicationUrl, findOrphans),
    ).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('DATABASE_DIRECT_URL'),
    });
  });
});
