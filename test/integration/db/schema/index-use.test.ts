import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChangedBases, refreshBaseKinds } from '../../../../src/db/pulls/base-kinds.ts';
import { readPendingChecks } from '../../../../src/db/pulls/check-runs.ts';
import type { DbTransaction } from '../../../../src/db/core/client.ts';
import { readDeploymentsToCompare } from '../../../../src/db/delivery/deployments.ts';
import {
  DEPLOYMENT_PULL_REQUESTS,
  PULL_REQUEST_DEPLOYMENTS,
  REPOSITORY_DEPLOYMENTS,
  REPOSITORY_RELEASES,
  TEAM_DEPLOYMENTS,
  TEAM_INCIDENTS,
} from '../../../../src/db/reads/delivery-lists.ts';
import { readRepositoryQuality } from '../../../../src/db/reads/data-quality.ts';
import {
  PULL_REQUEST_REVIEWS,
  TEAM_MEMBERS,
  TEAM_PULL_REQUESTS,
  TEAM_REPOSITORIES,
  type RowList,
} from '../../../../src/db/reads/lists.ts';
import { readNestedLists } from '../../../../src/db/sync/nested-lists.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { PULL_REQUEST_COMMENTS } from '../../../../src/db/reads/pull-request-lists.ts';
import { readLabels } from '../../../../src/db/reads/pull-request-labels.ts';
import { createReadSource, type ReadSession } from '../../../../src/db/reads/read-source.ts';
import { readSyncRunProgress } from '../../../../src/db/reads/sync-run-progress.ts';
import { readTeamWeeks } from '../../../../src/db/reads/weekly-metrics.ts';
import { readWaitingDeliveries } from '../../../../src/db/webhooks/webhook-deliveries.ts';
import { findOpenHeads } from '../../../../src/db/webhooks/webhook-targets.ts';
import { CONNECTION_WEBHOOKS } from '../../../../src/db/reads/webhook-lists.ts';
import { rollUpDirtyWeeks } from '../../../../src/db/rollups/weekly-rollup.ts';
import { openCountingDatabase, type CountingDatabase } from '../../api/counting-database.ts';
import { seedForPlans, WEEK, type SeededTeam } from './index-use-seed.ts';
import { openScene, type Scene } from '../scene.ts';
import { PATIENT } from '../../../support/patience.ts';

let scene: Scene;
let counting: CountingDatabase;
let application: pg.Client;
let team: SeededTeam;

beforeAll(async () => {
  scene = await openScene();
  team = await seedForPlans(scene.sql);
  counting = openCountingDatabase(scene.database.applicationUrl, 2);
  application = new pg.Client({ connectionString: scene.database.applicationUrl });
  await application.connect();
});

afterAll(async () => {
  await application?.end();
  await counting?.close();
  await scene?.close();
});

/** The names of all indexes that the plan of a statement uses, as the application role under row-level security. */
async function plannedIndexes(statement: {
  readonly text: string;
  readonly values: readonly unknown[];
}): Promise<string[]> {
  await application.query('BEGIN');
  try {
    await application.query(`SELECT set_config('app.team_ids', $1, true)`, [`{${team.teamId}}`]);
    const { rows } = await application.query<{ 'QUERY PLAN': unknown }>(
      `EXPLAIN (FORMAT JSON) ${statement.text}`,
      [...statement.values],
    );
    const plan = JSON.stringify(rows[0]?.['QUERY PLAN']);
    return [...plan.matchAll(/"Index Name":"([^"]+)"/g)].map(([, name]) => name ?? '');
  } finally {
    await application.query('ROLLBACK');
  }
}

/** Runs our own code, and plans again what it sent. */
async function indexesUsedBy(work: () => Promise<unknown>): Promise<ReadonlySet<string>> {
  counting.takeStatements();
  await work();
  const used = new Set<string>();
  for (const statement of counting.takeStatements()) {
    for (const name of await plannedIndexes(statement)) {
      used.add(name);
    }
  }
  return used;
}

async function read(work: (session: ReadSession) => Promise<unknown>): Promise<void> {
  const session = createReadSource(counting.db, PATIENT.reads).open({
    userId: 0n,
    teamIds: [team.teamId],
  });
  try {
    await work(session);
  } finally {
    await session.close();
  }
}

const page = { first: 20, after: null };
const readPage = <Row>(list: RowList<Row>, ...rest: readonly bigint[]): Promise<void> =>
  read((session) => list.read(session, [[team.teamId, ...rest]], page));

async function rollUp(memberValue: string): Promise<void> {
  await scene.sql.query(
    `INSERT INTO rollup_dirty (team_id, week_start, member_id, generation) VALUES ($1, $2, ${memberValue})`,
    [team.teamId, WEEK],
  );
  const { dirtyMarksConsumed } = await rollUpDirtyWeeks(counting.db, {
    teamId: team.teamId,
    maxWeeks: 4,
  });
  expect(dirtyMarksConsumed).toBe(1);
}
const inTeam = (work: (tx: DbTransaction) => Promise<unknown>): Promise<unknown> =>
  withTeam(counting.db, team.teamId, work);
const rollUpWeek = (): Promise<void> => rollUp('NULL, NULL');
const rollUpMemberWeek = (): Promise<void> => rollUp(`${team.memberId}, 1`);

const readQuality = (): Promise<void> =>
  read((session) =>
    readRepositoryQuality(session, [{ teamId: team.teamId, id: team.deployedRepositoryId }]),
  );

/** Each index that is no key: the name that its comment begins with, and how our code needs it. */
const NEEDS: Readonly<Record<string, readonly [name: string, work: () => Promise<unknown>]>> = {
  repository_team_id_owner_name_idx: ['TEAM_REPOSITORIES', () => readPage(TEAM_REPOSITORIES)],
  member_team_id_login_id_idx: ['TEAM_MEMBERS', () => readPage(TEAM_MEMBERS)],
  pull_request_team_id_created_at_id_idx: [
    'TEAM_PULL_REQUESTS',
    () => readPage(TEAM_PULL_REQUESTS),
  ],
  pull_request_team_id_merged_at_idx: ['COMPUTE_WEEKS', rollUpWeek],
  pull_request_closed_idx: ['COMPUTE_WEEKS', rollUpWeek],
  review_team_id_submitted_at_idx: ['COMPUTE_WEEKS', rollUpWeek],
  commit_team_id_authored_at_idx: ['COMPUTE_WEEKS', rollUpWeek],
  pull_request_uncounted_idx: ['COMPUTE_WEEKS', rollUpWeek],
  nested_list_team_id_repository_id_idx: [
    'readNestedLists',
    () => {
      const { teamId, repositoryId } = team;
      const key = { teamId, repositoryId };
      return withTeam(counting.db, teamId, (tx) => readNestedLists(tx, key, 20));
    },
  ],
  pull_request_team_id_author_id_created_at_idx: ['COMPUTE_MEMBER_WEEKS', rollUpMemberWeek],
  pull_request_team_id_author_id_merged_at_idx: ['COMPUTE_MEMBER_WEEKS', rollUpMemberWeek],
  pull_request_author_closed_idx: ['COMPUTE_MEMBER_WEEKS', rollUpMemberWeek],
  review_team_id_reviewer_id_submitted_at_idx: ['COMPUTE_MEMBER_WEEKS', rollUpMemberWeek],
  commit_team_id_author_id_authored_at_idx: ['COMPUTE_MEMBER_WEEKS', rollUpMemberWeek],
  pull_request_label_team_id_pull_request_id_idx: [
    'readLabels',
    () => read((session) => readLabels(session, [{ teamId: team.teamId, id: team.pullRequestId }])),
  ],
  review_team_id_pull_request_id_submitted_at_idx: [
    'PULL_REQUEST_REVIEWS',
    () => readPage(PULL_REQUEST_REVIEWS, team.pullRequestId),
  ],
  check_run_pending_idx: [
    'readPendingChecks',
    () =>
      inTeam((tx) =>
        readPendingChecks(tx, { ...team, since: new Date(WEEK), after: 0n, limit: 25 }),
      ),
  ],
  pull_request_merge_commit_idx: [
    'DEPLOYMENT_PULL_REQUESTS',
    () => readPage(DEPLOYMENT_PULL_REQUESTS, team.deploymentId),
  ],
  pull_request_anomaly_idx: ['readRepositoryQuality', readQuality],
  deployment_unknown_idx: ['readRepositoryQuality', readQuality],
  deployment_team_id_repository_id_environment_created_at_idx: [
    'readDeploymentsToCompare',
    () =>
      inTeam((tx) =>
        readDeploymentsToCompare(tx, { ...team, repositoryId: team.deployedRepositoryId }, 1),
      ),
  ],
  deployment_team_id_repository_id_created_at_github_id_idx: [
    'REPOSITORY_DEPLOYMENTS',
    () => readPage(REPOSITORY_DEPLOYMENTS, team.deployedRepositoryId),
  ],
  deployment_commit_team_id_sha_idx: [
    'PULL_REQUEST_DEPLOYMENTS',
    () => readPage(PULL_REQUEST_DEPLOYMENTS, team.pullRequestId),
  ],
  release_team_id_repository_id_created_at_idx: [
    'REPOSITORY_RELEASES',
    () => readPage(REPOSITORY_RELEASES, team.deployedRepositoryId),
  ],
  webhook_delivery_waiting_idx: [
    'readWaitingDeliveries',
    () => inTeam((tx) => readWaitingDeliveries(tx, team, 100)),
  ],
  webhook_delivery_team_id_connection_id_received_at_idx: [
    'CONNECTION_WEBHOOKS',
    () => readPage(CONNECTION_WEBHOOKS, team.connectionId),
  ],
  pull_request_head_idx: [
    'refreshBaseKinds',
    () => inTeam((tx) => refreshBaseKinds(tx, team.teamId, { ids: [team.pullRequestId] })),
  ],
  pull_request_base_idx: [
    'findChangedBases',
    () => inTeam((tx) => findChangedBases(tx, team, [team.pullRequestId])),
  ],
  pull_request_open_head_idx: [
    'findOpenHeads',
    () => inTeam((tx) => findOpenHeads(tx, team, { branches: ['topic'], commits: ['sha7'] })),
  ],
  deployment_team_id_created_at_github_id_idx: [
    'TEAM_DEPLOYMENTS',
    () => readPage(TEAM_DEPLOYMENTS),
  ],
  incident_team_id_opened_at_id_idx: ['TEAM_INCIDENTS', () => readPage(TEAM_INCIDENTS)],
  comment_team_id_pull_request_id_created_at_idx: [
    'PULL_REQUEST_COMMENTS',
    () => readPage(PULL_REQUEST_COMMENTS, team.pullRequestId),
  ],
  weekly_metrics_team_id_generation_week_start_idx: [
    'readTeamWeeks',
    () =>
      read((session) =>
        readTeamWeeks(session, [{ teamId: team.teamId, fromWeek: '2026-02-23', toWeek: WEEK }], {
          includeBots: false,
          includeAiAgents: false,
          includeMergedByMachines: false,
          includeExternal: false,
        }),
      ),
  ],
  sync_run_team_id_parent_id_idx: [
    'readSyncRunProgress',
    () =>
      read((session) => readSyncRunProgress(session, [{ teamId: team.teamId, id: team.jobId }])),
  ],
};

describe('an index that is no key', () => {
  it('names in its comment the statement that needs it, and is one of those that are planned here', async () => {
    const { rows } = await scene.sql.query<{ index: string; comment: string | null }>(
      `SELECT i.indexrelid::regclass::text AS index, obj_description(i.indexrelid, 'pg_class') AS comment
       FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
       WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique`,
    );
    // Sorted here: the image's database sorts as en_US does, the embedded one by code points.
    expect(rows.map(({ index }) => index).toSorted()).toEqual(Object.keys(NEEDS).toSorted());
    for (const { index, comment } of rows) {
      expect(comment, index).toMatch(new RegExp(`^${NEEDS[index]?.[0]} \\(src/db/`));
    }
  });

  it.each(Object.entries(NEEDS))('%s is used by its statement', async (index, [, work]) => {
    expect(await indexesUsedBy(work)).toContain(index);
  });
});
