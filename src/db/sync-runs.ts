import type { DbTransaction } from './client.ts';

export type SyncRunStatus = 'RUNNING' | 'COMPLETED' | 'PARTIAL' | 'FAILED' | 'CANCELLED';

export interface OpenBackfillRunInput {
  readonly teamId: bigint;
  readonly workflowId: string;
  readonly workflowRunId: string;
  /** Pull requests updated since then are wanted. */
  readonly since: Date;
  /** Names as they were asked for; empty = all of the team. */
  readonly repositories: readonly string[];
  readonly requestedBy: bigint | null;
}

/**
 * The row of a backfill job. Whoever comes first makes it: the mutation that started the workflow or the workflow's
 * own first activity; the second finds it.
 * @returns id of the row
 */
export async function openBackfillRun(
  tx: DbTransaction,
  input: OpenBackfillRunInput,
): Promise<bigint> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    INSERT INTO sync_run (team_id, kind, workflow_id, workflow_run_id, requested_by_id, requested_names, horizon,
      started_at, updated_at)
    VALUES (${input.teamId}, 'BACKFILL', ${input.workflowId}, ${input.workflowRunId}, ${input.requestedBy},
      ${[...input.repositories]}::text[], ${input.since}, now(), now())
    ON CONFLICT (team_id, workflow_id, workflow_run_id) DO UPDATE
      SET requested_by_id = coalesce(sync_run.requested_by_id, excluded.requested_by_id)
    RETURNING id`;
  return only(rows).id;
}

export interface OpenRepositoryRunInput {
  readonly teamId: bigint;
  readonly repositoryId: bigint;
  readonly parentId: bigint;
  readonly workflowId: string;
  /** Makes two walks of one repository within one job two rows. */
  readonly attempt: number;
  readonly since: Date;
}

/**
 * The row of one repository's walk. What is already complete as far back as asked is walked from the last complete
 * walk on, less an overlap for clocks that differ; else the walk goes back to `since`.
 */
export async function openRepositoryRun(
  tx: DbTransaction,
  input: OpenRepositoryRunInput,
): Promise<OpenedRepositoryRun> {
  const rows = await tx.$queryRaw<OpenedRepositoryRun[]>`
    INSERT INTO sync_run (team_id, parent_id, repository_id, kind, workflow_id, workflow_run_id, requested_names,
      horizon, started_at, updated_at)
    SELECT r.team_id, ${input.parentId}, r.id,
      CASE WHEN r.complete_from <= ${input.since} AND r.watermark IS NOT NULL THEN 'INCREMENTAL' ELSE 'BACKFILL' END,
      ${input.workflowId}, ${`${input.parentId}#${input.attempt}`}, '{}',
      CASE WHEN r.complete_from <= ${input.since} AND r.watermark IS NOT NULL
        THEN r.watermark - interval '5 minutes' ELSE ${input.since}::timestamptz END,
      now(), now()
    FROM repository r
    WHERE r.team_id = ${input.teamId} AND r.id = ${input.repositoryId}
    ON CONFLICT (team_id, workflow_id, workflow_run_id) DO UPDATE SET updated_at = sync_run.updated_at
    RETURNING id, kind, horizon`;
  return only(rows);
}

export interface OpenedRepositoryRun {
  readonly id: bigint;
  readonly kind: 'BACKFILL' | 'INCREMENTAL';
  readonly horizon: Date;
}

/** A walk with what the next page needs. */
export interface RepositoryRun {
  readonly status: SyncRunStatus;
  readonly cursor: string | null;
  readonly horizon: Date;
  readonly pages: number;
  /** GitHub's id of the repository that was synced so far: a new one of the same name is another. */
  readonly githubId: bigint;
  readonly owner: string;
  readonly name: string;
  readonly pageSize: number;
  readonly connectionId: bigint;
  readonly connectionStatus: 'ACTIVE' | 'NEEDS_REAUTH';
  readonly apiUrl: string;
  readonly secret: string | null;
  readonly identity: string | null;
  readonly blockedUntil: Date | null;
  readonly blockedReason: string | null;
}

/**
 * Reads a walk, its repository and its connection. `blockedUntil` is set while GitHub's limit of the connection's
 * identity stands, or while what is left is the reserve that belongs to interactive use.
 * @param reserve share of the limit, 0 to 1, that walks leave alone
 */
export async function readRepositoryRun(
  tx: DbTransaction,
  key: { readonly teamId: bigint; readonly syncRunId: bigint },
  reserve: number,
): Promise<RepositoryRun | null> {
  const rows = await tx.$queryRaw<RepositoryRun[]>`
    SELECT s.status, s.cursor, s.horizon, s.pages, r.github_id AS "githubId", r.owner, r.name, r.page_size AS "pageSize",
      c.id AS "connectionId", c.status AS "connectionStatus", c.api_url AS "apiUrl", c.secret, c.identity,
      CASE WHEN q.blocked_until > now() THEN q.blocked_until
        WHEN q.reset_at > now() AND q.remaining < q.point_limit * ${reserve}::float8 THEN q.reset_at END AS "blockedUntil",
      CASE WHEN q.blocked_until > now() THEN q.blocked_reason
        ELSE 'GitHub''s hourly limit: the rest is kept for interactive use' END AS "blockedReason"
    FROM sync_run s
    JOIN repository r ON r.team_id = s.team_id AND r.id = s.repository_id
    JOIN github_connection c ON c.team_id = r.team_id AND c.id = r.connection_id
    LEFT JOIN github_quota q ON q.identity = c.identity
    WHERE s.team_id = ${key.teamId} AND s.id = ${key.syncRunId}`;
  return rows[0] ?? null;
}

export interface RunKey {
  readonly teamId: bigint;
  readonly syncRunId: bigint;
}

/** Shows that a walk waits, and for what; the page that follows clears it. */
export async function markWaiting(
  tx: DbTransaction,
  key: RunKey,
  wait: { readonly until: Date; readonly reason: string },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE sync_run SET waiting_until = ${wait.until}, waiting_reason = ${wait.reason}, updated_at = now()
    WHERE team_id = ${key.teamId} AND id = ${key.syncRunId} AND status = 'RUNNING'`;
}

export interface CloseRunInput extends RunKey {
  readonly status: 'COMPLETED' | 'PARTIAL' | 'FAILED' | 'CANCELLED';
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

/** Ends a run that is still open; a run that has ended keeps its end. */
export async function closeRun(tx: DbTransaction, input: CloseRunInput): Promise<void> {
  await tx.$executeRaw`
    UPDATE sync_run SET status = ${input.status}, error_code = ${input.errorCode},
      error_message = ${input.errorMessage}, waiting_until = NULL, waiting_reason = NULL,
      finished_at = now(), updated_at = now()
    WHERE team_id = ${input.teamId} AND id = ${input.syncRunId} AND status = 'RUNNING'`;
}

/** Moves the horizon of a job further back; never forward. */
export async function widenRun(tx: DbTransaction, key: RunKey, since: Date): Promise<void> {
  await tx.$executeRaw`
    UPDATE sync_run SET horizon = least(horizon, ${since}::timestamptz), updated_at = now()
    WHERE team_id = ${key.teamId} AND id = ${key.syncRunId} AND status = 'RUNNING'`;
}

/** Counts a request that belongs to a job and to no page: looking a repository up. */
export async function countRequest(tx: DbTransaction, key: RunKey, points: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE sync_run SET requests = requests + 1, points = points + ${points}, updated_at = now()
    WHERE team_id = ${key.teamId} AND id = ${key.syncRunId}`;
}

function only<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) {
    throw new Error(
      'a row that must be there is missing: the team or repository was removed meanwhile',
    );
  }
  return row;
}
