import type { ApiWorld } from '../api-world.ts';
import type { SeededTeam } from '../seed-team.ts';

export interface RunSeed {
  readonly parentId?: string;
  readonly repositoryId?: string;
  readonly runId: string;
  /** Columns beyond what every run has. */
  readonly columns?: Readonly<Record<string, string | number | null>>;
}

/** A running job, or a walk within one. */
export async function seedRun(world: ApiWorld, team: SeededTeam, seed: RunSeed): Promise<string> {
  const columns = {
    team_id: team.teamId,
    parent_id: seed.parentId ?? null,
    repository_id: seed.repositoryId ?? null,
    kind: 'BACKFILL',
    workflow_id: `backfill:${team.teamId}`,
    workflow_run_id: seed.runId,
    requested_names: '{}',
    since: '2026-01-01T00:00:00Z',
    started_at: '2026-03-12T11:00:00Z',
    updated_at: '2026-03-12T11:00:00Z',
    ...seed.columns,
  };
  const names = Object.keys(columns);
  const rows = await world.sql<{ id: string }>(
    `INSERT INTO sync_run (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')}) RETURNING id::text`,
    Object.values(columns),
  );
  return rows[0]?.id ?? '';
}
