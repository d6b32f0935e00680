import type {
  Deployment,
  Incident,
  Member,
  Repository,
  RollupRebuild,
  SyncRun,
  Team,
} from '../generated/prisma/client.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import {
  DEPLOYMENT_COLUMNS,
  INCIDENT_COLUMNS,
  MEMBER_COLUMNS,
  REPOSITORY_COLUMNS,
  ROLLUP_REBUILD_COLUMNS,
  SYNC_RUN_COLUMNS,
  TEAM_COLUMNS,
} from './columns.ts';
import { toIdArray, type ReadSession } from './read-source.ts';

/** Key of a row that belongs to a team. */
export interface RowKey {
  readonly teamId: bigint;
  readonly id: bigint;
}

/** Reads rows by key with one statement; null where there is none. In the order of `keys`. */
async function readByKey<Row extends RowKey>(
  session: ReadSession,
  table: string,
  columns: string,
  keys: readonly RowKey[],
): Promise<(Row | null)[]> {
  const rows = await session.query<Row>(
    `SELECT ${columns}
FROM unnest($1::text::bigint[], $2::text::bigint[]) AS wanted(team_id, id)
JOIN ${table} t ON t.team_id = wanted.team_id AND t.id = wanted.id`,
    [toIdArray(keys.map((key) => key.teamId)), toIdArray(keys.map((key) => key.id))],
  );
  const byKey = new Map(rows.map((row) => [`${row.teamId}:${row.id}`, row]));
  return keys.map((key) => byKey.get(`${key.teamId}:${key.id}`) ?? null);
}

export function readMembers(
  session: ReadSession,
  keys: readonly RowKey[],
): Promise<(Member | null)[]> {
  return readByKey<Member>(session, 'member', MEMBER_COLUMNS, keys);
}

export function readRepositories(
  session: ReadSession,
  keys: readonly RowKey[],
): Promise<(Repository | null)[]> {
  return readByKey<Repository>(session, 'repository', REPOSITORY_COLUMNS, keys);
}

export function readIncidents(
  session: ReadSession,
  keys: readonly RowKey[],
): Promise<(Incident | null)[]> {
  return readByKey<Incident>(session, 'incident', INCIDENT_COLUMNS, keys);
}

/** Deployments have GitHub's id and no other. */
export async function readDeployments(
  session: ReadSession,
  keys: readonly RowKey[],
): Promise<(Deployment | null)[]> {
  return readByKey<Deployment & RowKey>(
    session,
    '(SELECT github_id AS id, * FROM deployment)',
    `t.id, ${DEPLOYMENT_COLUMNS}`,
    keys,
  );
}

export function readSyncRuns(
  session: ReadSession,
  keys: readonly RowKey[],
): Promise<(SyncRun | null)[]> {
  return readByKey<SyncRun>(session, 'sync_run', SYNC_RUN_COLUMNS, keys);
}

export function readRollupRebuilds(
  session: ReadSession,
  keys: readonly RowKey[],
): Promise<(RollupRebuild | null)[]> {
  return readByKey<RollupRebuild>(session, 'rollup_rebuild', ROLLUP_REBUILD_COLUMNS, keys);
}

/** The rebuild that a workflow run belongs to; null when the run has not written it yet. */
export async function findRollupRebuild(
  session: ReadSession,
  run: { readonly teamId: bigint; readonly workflowId: string; readonly workflowRunId: string },
): Promise<RowKey | null> {
  const rows = await session.query<RowKey>(
    `SELECT team_id AS "teamId", id FROM rollup_rebuild
WHERE team_id = $1::text::bigint AND workflow_id = $2 AND workflow_run_id = $3`,
    [String(run.teamId), run.workflowId, run.workflowRunId],
  );
  return rows[0] ?? null;
}

export interface TeamKey {
  readonly teamId: bigint;
}

/** Reads teams by id with one statement, in the order of `keys`; null where there is none. */
export async function readTeams(
  session: ReadSession,
  keys: readonly TeamKey[],
): Promise<(Team | null)[]> {
  const rows = await session.query<Team>(
    `SELECT ${TEAM_COLUMNS} FROM team t WHERE t.id = ANY ($1::text::bigint[])`,
    [toIdArray(keys.map((key) => key.teamId))],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return keys.map((key) => byId.get(key.teamId) ?? null);
}

export interface RepositoryNameKey {
  readonly teamId: bigint;
  readonly owner: string;
  readonly name: string;
}

/** Finds repositories by name, ignoring case as GitHub does, with one statement. In the order of `keys`. */
export async function readRepositoriesByName(
  session: ReadSession,
  keys: readonly RepositoryNameKey[],
): Promise<(Repository | null)[]> {
  const rows = await session.query<Repository & { ordinal: number }>(
    `SELECT wanted.ordinal::integer AS ordinal, ${REPOSITORY_COLUMNS}
FROM unnest($1::text::bigint[], $2::text::text[], $3::text::text[]) WITH ORDINALITY AS wanted(team_id, owner, name, ordinal)
JOIN repository t ON t.team_id = wanted.team_id AND lower(t.owner) = lower(wanted.owner)
  AND lower(t.name) = lower(wanted.name)
ORDER BY t.id DESC`,
    [
      toIdArray(keys.map((key) => key.teamId)),
      toArrayLiteral(keys.map((key) => key.owner)),
      toArrayLiteral(keys.map((key) => key.name)),
    ],
  );
  const byOrdinal = new Map(rows.map((row) => [row.ordinal, row]));
  return keys.map((_, index) => byOrdinal.get(index + 1) ?? null);
}
