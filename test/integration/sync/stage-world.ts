import { afterEach } from 'vitest';
import { createGitHubContext } from '../../../src/activities/requests/github-context.ts';
import { createSyncActivities } from '../../../src/activities/sync/sync.ts';
import type { SyncFailpoint } from '../../../src/activities/requests/sync-dependencies.ts';
import type { SyncOutcome, SyncPageResult, SyncStageResult } from '../../../src/contracts/sync.ts';
import { readDueStages, setStagesDue } from '../../../src/db/sync/repository-stages.ts';
import { withTeam } from '../../../src/db/core/team-transaction.ts';
import type { FakeGitHub } from '../../../src/demo/fake-github/fake-github.ts';
import type { GitHubData } from '../../../src/demo/core/github-data.ts';
import type { SyncStage } from '../../../src/domain/sync/sync-stage.ts';
import { connectorFor } from '../../support/github/github.ts';
import { connectTeam } from '../../support/worlds/connected-team.ts';
import { openScene, readNumber, type Scene, type SceneTeam } from '../db/scene.ts';

/** A team whose repository a fake GitHub serves, and the activities that read it, without Temporal. */
export interface StageWorld extends SceneTeam {
  readonly scene: Scene;
  readonly github: FakeGitHub;
  /** Sets the time that a sync sees from now on. */
  setNow(now: Date): void;
  /** Called at each moment of an activity, as a fault experiment does. */
  onFailpoint(listen: ((failpoint: SyncFailpoint) => void | Promise<void>) | null): void;
  /** Opens a sync back to `since`, or of what is new where that is null; nothing is read yet. */
  openSync(since: Date | null): Promise<void>;
  /**
   * Syncs the pull requests back to `since`, or what is new where that is null, as a schedule does, and answers the
   * stages that are due; the run stays open where there are any.
   */
  syncPullRequests(since: Date | null): Promise<readonly SyncStage[]>;
  /** One activity of pages of the last sync. */
  page(): Promise<SyncPageResult>;
  /** One activity of a stage of the last sync. */
  step(stage: SyncStage): Promise<SyncStageResult>;
  /** Sets a stage due that the last sync did not find due, as one that was killed leaves it. */
  setDue(stage: SyncStage): Promise<void>;
  /** Runs a stage of the last sync to its end; fails where that sync did not find it due. */
  run(stage: SyncStage): Promise<void>;
  /** Closes the last sync as one that completed; how its row then ended. */
  finish(): Promise<SyncOutcome | null>;
  rows(text: string): Promise<unknown[][]>;
  /** Fails when one of GitHub's rules was broken. */
  close(): Promise<void>;
}

export async function openStageWorld(source: GitHubData, start: Date): Promise<StageWorld> {
  let now = start;
  let listener: ((failpoint: SyncFailpoint) => void | Promise<void>) | null = null;
  let runId = '';
  let syncs = 0;
  const scene = await openScene();
  const { teamId, connectionId, github, secrets } = await connectTeam(scene.maintenanceDb(), {
    source,
    now: () => now,
  });
  const [repository] = source.repositories;
  const repositoryId = BigInt(
    await readNumber(
      scene.sql,
      `INSERT INTO repository (team_id, connection_id, github_id, owner, name) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      [teamId, connectionId, repository?.databaseId, repository?.owner, repository?.name],
    ),
  );
  const team: SceneTeam = { teamId, connectionId, repositoryId };
  const context = createGitHubContext({
    db: scene.db,
    secrets,
    createGitHub: connectorFor(() => now),
    concurrentRequests: 2,
    reserve: 0.2,
    now: () => now,
    onFailpoint: async (failpoint) => listener?.(failpoint),
  });
  const activities = createSyncActivities(context);
  const ids = { teamId: String(team.teamId), repositoryId: String(team.repositoryId) };
  const page = (): Promise<SyncPageResult> =>
    activities.syncPullRequestPage({ ...ids, syncRunId: runId });
  const step = (stage: SyncStage): Promise<SyncStageResult> =>
    activities.syncRepositoryStage({ ...ids, syncRunId: runId, stage });

  const openSync = async (since: Date | null): Promise<void> => {
    syncs += 1;
    const job = await activities.openBackfill({
      teamId: ids.teamId,
      workflowId: 'backfill',
      workflowRunId: `job ${syncs}`,
      since: since?.toISOString() ?? null,
      repositories: [],
      requestedBy: null,
    });
    const opened = await activities.openRepositoryRun({
      ...ids,
      parentSyncRunId: job.syncRunId,
      workflowId: 'sync',
      attempt: syncs,
      since: since?.toISOString() ?? null,
    });
    runId = opened.syncRunId;
  };

  return {
    ...team,
    scene,
    github,
    setNow: (failpoint) => {
      now = failpoint;
    },
    onFailpoint: (listen) => {
      listener = listen;
    },
    openSync,
    async syncPullRequests(since) {
      await openSync(since);
      for (;;) {
        const result = await page();
        if (result.next === 'WAIT') {
          throw new Error(`the pull request stage waits: ${result.reason}`);
        }
        if (result.next === 'DONE') {
          return result.stages ?? [];
        }
      }
    },
    page,
    step,
    async finish() {
      const end = { outcome: 'COMPLETED', errorCode: null, errorMessage: null } as const;
      const run = { teamId: ids.teamId, syncRunId: runId };
      return (await activities.closeSyncRun({ ...run, ...end })).outcome;
    },
    setDue: (stage) => withTeam(scene.db, team.teamId, (tx) => setStagesDue(tx, team, [stage])),
    async run(stage) {
      const due = await withTeam(scene.db, team.teamId, (tx) => readDueStages(tx, team));
      if (!due.includes(stage)) {
        throw new Error(`the stage ${stage} is not due`);
      }
      for (;;) {
        const result = await step(stage);
        if (result.next === 'WAIT') {
          throw new Error(`the stage waits: ${result.reason}`);
        }
        if (result.next === 'DONE') {
          return;
        }
      }
    },
    async rows(text) {
      const { rows } = await scene.sql.query<unknown[]>({ text, rowMode: 'array' });
      return rows;
    },
    async close() {
      const { brokenRules } = github.stats();
      await github.close();
      await scene.close();
      if (brokenRules.length > 0) {
        throw new Error(`rules of GitHub's were broken: ${brokenRules.join(' ')}`);
      }
    },
  };
}

/** The moment at which `useStageWorlds` opens its worlds, and how far back their syncs go. */
export const NOW = new Date('2026-03-10T12:00:00Z');
export const SINCE = new Date('2026-02-01T00:00:00Z');

/** Opens one world a test of this file; it is closed behind the test. */
export function useStageWorlds(): (source: GitHubData) => Promise<StageWorld> {
  let world: StageWorld | undefined;
  afterEach(async () => {
    await world?.close();
    world = undefined;
  });
  return async (source) => {
    world = await openStageWorld(source, NOW);
    return world;
  };
}
