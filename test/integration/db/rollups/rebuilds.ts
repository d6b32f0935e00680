import type pg from 'pg';
import type { Db } from '../../../../src/db/core/client.ts';
import { finishRebuild } from '../../../../src/db/rollups/finish-rebuild.ts';
import {
  openRebuild,
  rebuildNextWeeks,
  type OpenRebuildInput,
} from '../../../../src/db/rollups/rollup-rebuild.ts';
import {
  applyDefinition,
  beginDefinition,
  type DefinitionStep,
} from '../../../../src/db/sync/stored-definitions.ts';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import {
  aCommit,
  anActor,
  aPullRequest,
  aReview,
  hoursAfter,
} from '../../../support/rows/facts.ts';
import type { SceneTeam } from '../scene.ts';

let runs = 0;

/** Opens a rebuild as another run of the team's workflow would; of all weeks, unless said otherwise. */
export function open(
  db: Db,
  { teamId }: Pick<SceneTeam, 'teamId'>,
  changes: Partial<OpenRebuildInput> = {},
): Promise<bigint> {
  runs += 1;
  return openRebuild(db, {
    teamId,
    workflowId: `rebuild:${teamId}`,
    workflowRunId: `run-${runs}`,
    reason: 'REQUESTED',
    isDryRun: false,
    from: null,
    to: null,
    timeZone: null,
    weekStart: null,
    requestedBy: null,
    ...changes,
  });
}

/** The step of a rebuild that gives all stored pull requests today's definition, so many a transaction; its last answer. */
export async function applyAll(
  db: Db,
  { teamId }: Pick<SceneTeam, 'teamId'>,
  rebuildId: bigint,
  maxPullRequests?: number,
): Promise<DefinitionStep | null> {
  const key = { teamId, rebuildId };
  if (!(await beginDefinition(db, key))) {
    return null;
  }
  for (;;) {
    const step = await applyDefinition(db, key, maxPullRequests);
    if (!step.more) {
      return step;
    }
  }
}

/** Computes all weeks that are left, so many a statement, and finishes. */
export async function complete(
  db: Db,
  { teamId }: SceneTeam,
  rebuildId: bigint,
  maxWeeks = 53,
): Promise<void> {
  for (let isDone = false; !isDone;) {
    const step = await rebuildNextWeeks(db, { teamId, rebuildId, maxWeeks });
    isDone = step.weeksDone >= step.weeksTotal;
  }
  await finishRebuild(db, { teamId, rebuildId });
}

/** Rebuilds from beginning to end, with a newer definition where there is one; answers the id of the rebuild. */
export async function rebuild(
  db: Db,
  team: SceneTeam,
  changes: Partial<OpenRebuildInput> = {},
): Promise<bigint> {
  const rebuildId = await open(db, team, changes);
  if (changes.isDryRun !== true) {
    await applyAll(db, team, rebuildId);
  }
  await complete(db, team, rebuildId);
  return rebuildId;
}

/** All member weeks that are read now, byte for byte, without when and for which generation they were computed. */
export async function dumpMemberWeeks(sql: pg.Client, { teamId }: SceneTeam): Promise<string[]> {
  const { rows } = await sql.query<{ memberWeek: string }>(
    `SELECT (to_jsonb(w) - '{generation,computed_at}'::text[])::text AS "memberWeek"
    FROM weekly_metrics w JOIN team t ON t.id = w.team_id AND t.rollup_generation = w.generation
    WHERE w.team_id = $1 ORDER BY w.member_id, w.week_start`,
    [teamId],
  );
  return rows.map(({ memberWeek }) => memberWeek);
}

export interface StoredRebuild {
  readonly status: string;
  readonly generation: number;
  readonly counts: readonly number[];
  readonly range: readonly (string | null)[];
}

/** A rebuild's row; counts are inserted, updated, removed, unchanged. */
export async function readStoredRebuild(
  sql: pg.Client,
  { teamId }: SceneTeam,
  rebuildId: bigint,
): Promise<StoredRebuild> {
  const { rows } = await sql.query<StoredRebuild>(
    `SELECT status, generation, ARRAY[member_weeks_inserted, member_weeks_updated, member_weeks_removed, member_weeks_unchanged]::integer[] AS counts,
      ARRAY[from_week::text, to_week::text] AS range
    FROM rollup_rebuild WHERE team_id = $1 AND id = $2`,
    [teamId, rebuildId],
  );
  const [row] = rows;
  if (row === undefined) {
    throw new Error(`rebuild ${rebuildId} is not there`);
  }
  return row;
}

/** The run of the workflow whose rebuild it is. */
export async function readRun(
  sql: pg.Client,
  rebuildId: bigint,
): Promise<Pick<OpenRebuildInput, 'workflowId' | 'workflowRunId'>> {
  const { rows } = await sql.query<Pick<OpenRebuildInput, 'workflowId' | 'workflowRunId'>>(
    'SELECT workflow_id AS "workflowId", workflow_run_id AS "workflowRunId" FROM rollup_rebuild WHERE id = $1',
    [rebuildId],
  );
  const [row] = rows;
  if (row === undefined) {
    throw new Error(`rebuild ${rebuildId} is not there`);
  }
  return row;
}

/** Pull requests late on Sundays in New York, which are Mondays in UTC: one a week, reviewed the day after. */
export function sundays(count: number, hours = 0): PullRequestFact[] {
  return Array.from({ length: count }, (_, index) => {
    const createdAt = hoursAfter(new Date('2025-12-01T03:30:00Z'), 7 * 24 * index + hours);
    return aPullRequest({
      number: index + 1,
      createdAt,
      updatedAt: hoursAfter(createdAt, 30 + hours),
      reviews: [
        aReview({
          githubId: BigInt(index + 1),
          author: anActor({ login: 'bo' }),
          submittedAt: hoursAfter(createdAt, 24),
        }),
      ],
      commits: [aCommit({ headline: `Change ${index}`, authoredAt: hoursAfter(createdAt, -1) })],
    });
  });
}
