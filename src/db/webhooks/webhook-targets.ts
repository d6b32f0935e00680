import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';
import type { ConnectionKey, RepositoryKey } from '../core/keys.ts';

/** A repository that deliveries are about. */
export interface TargetRepository {
  readonly id: bigint;
  readonly connectionId: bigint;
  readonly githubId: bigint;
  readonly owner: string;
  readonly name: string;
}

/** The team's repositories with these ids of GitHub's. */
export async function findRepositoriesByGithubId(
  tx: DbTransaction,
  teamId: bigint,
  githubIds: readonly string[],
): Promise<TargetRepository[]> {
  return tx.$queryRaw`
    SELECT id, connection_id AS "connectionId", github_id AS "githubId", owner, name FROM repository
    WHERE team_id = ${teamId} AND github_id = ANY (${toArrayLiteral([...githubIds])}::text::bigint[]) ORDER BY id`;
}

/** An open pull request by its head. */
export interface OpenHead {
  readonly number: number;
  /** Null when the branch can only be that of a fork. */
  readonly branch: string | null;
  readonly sha: string;
}

/**
 * The open pull requests whose head is one of these branches or commits, lowest number first. From a branch to the one of
 * the same name there are only those of forks, of which a push to the repository says nothing.
 */
export async function findOpenHeads(
  tx: DbTransaction,
  key: RepositoryKey,
  heads: { readonly branches: readonly string[]; readonly commits: readonly string[] },
): Promise<OpenHead[]> {
  return tx.$queryRaw`
    SELECT number, nullif(head_branch, base_branch) AS branch, head_sha AS sha FROM pull_request
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND state = 'OPEN'
      AND (head_branch = ANY (${toArrayLiteral([...heads.branches])}::text::text[]) AND head_branch <> base_branch
        OR head_sha = ANY (${toArrayLiteral([...heads.commits])}::text::text[]))
    ORDER BY number`;
}

/**
 * The row of a short sync that reads what webhooks made due. Null when the repository was never synced to the end: its
 * first sync reads everything.
 */
export async function openWebhookSync(
  tx: DbTransaction,
  input: RepositoryKey & { readonly workflowId: string; readonly workflowRunId: string },
): Promise<bigint | null> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    INSERT INTO sync_run (team_id, repository_id, kind, workflow_id, workflow_run_id, requested_names, since,
      started_at, updated_at)
    SELECT r.team_id, r.id, 'INCREMENTAL', ${input.workflowId}, ${input.workflowRunId}, '{}',
      r.watermark - interval '5 minutes', now(), now()
    FROM repository r
    WHERE r.team_id = ${input.teamId} AND r.id = ${input.repositoryId} AND r.watermark IS NOT NULL
      AND r.sync_state <> 'GONE'
    ON CONFLICT (team_id, workflow_id, workflow_run_id) DO UPDATE SET updated_at = sync_run.updated_at
    RETURNING id`;
  return rows[0]?.id ?? null;
}

/** A repository's name for people; null when the team has no such repository. */
export async function readRepositoryName(
  tx: DbTransaction,
  key: RepositoryKey,
): Promise<string | null> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT owner || '/' || name AS name FROM repository
    WHERE team_id = ${key.teamId} AND id = ${key.repositoryId}`;
  return rows[0]?.name ?? null;
}

/** How an installation stands after an event. */
export interface InstallationChange {
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'NEEDS_REAUTH';
  readonly reason: string | null;
  /** When GitHub made the change; null where the event did not say. */
  readonly changedAt: string | null;
}

/**
 * Shows how an App's installation stands. A change that is older than another that was processed changes nothing, nor
 * does one of a connection that was ended here. What ends a suspension ends no other trouble.
 * @returns true when the status is now that of the change
 */
export async function setInstallationStatus(
  tx: DbTransaction,
  key: ConnectionKey,
  change: InstallationChange,
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE github_connection c SET status = ${change.status}, status_reason = ${change.reason}, updated_at = now()
    WHERE c.team_id = ${key.teamId} AND c.id = ${key.connectionId} AND c.status <> 'DISCONNECTED'
      AND (${change.status} <> 'ACTIVE' OR c.status IN ('SUSPENDED', 'ACTIVE'))
      AND NOT EXISTS (SELECT FROM webhook_delivery d
        WHERE d.team_id = c.team_id AND d.connection_id = c.id AND d.event = 'installation' AND d.state = 'PROCESSED'
          AND (d.subject ->> 'changedAt')::timestamptz > ${change.changedAt}::text::timestamptz)`;
  return changed > 0;
}
