import { SYNC_RUN_STATES, type SyncRunStateRow } from '../core/sync-run-state.ts';
import type { ReadSession } from './read-source.ts';
import { keyArrays, type RowKey } from './rows-by-key.ts';
import { readPerKey } from './table-rows.ts';

/** The state of a run that is not there any more. */
const NOTHING: SyncRunStateRow = {
  pages: 0,
  requests: 0,
  points: 0,
  pullRequestsSeen: 0,
  pullRequestsStored: 0,
  nestedRows: 0,
  pullRequestsTotal: null,
  oldestReachedAt: null,
  isJob: true,
  hasEnded: true,
  repositories: 0,
  repositoriesEnded: 0,
  repositoriesFailed: 0,
  lastStage: 'PULL_REQUESTS',
  shownBefore: 0,
  workBefore: 0,
  startedAt: new Date(0),
  pausedAt: null,
  waitingUntil: null,
  waitingReason: null,
  running: [],
};

/** Reads where sync runs stand, with one statement and one row per run. In the order of `keys`. */
export async function readSyncRunProgress(
  session: ReadSession,
  keys: readonly RowKey[],
): Promise<SyncRunStateRow[]> {
  const found = await readPerKey<SyncRunStateRow>(
    session,
    SYNC_RUN_STATES,
    keyArrays(keys),
    keys.length,
  );
  return found.map(([row]) => (row === undefined || row.startedAt === null ? NOTHING : row));
}

/** Identifies a state of a run and its repository syncs. */
export interface SyncRunVersion {
  /** Changes whenever the run or one of its repository syncs changes. */
  readonly version: string;
  readonly status: string;
  /** The job that a repository sync belongs to, otherwise the run itself. Notifications contain this id. */
  readonly rootId: bigint;
}

const VERSION = `
SELECT r.status, coalesce(r.parent_id, r.id) AS "rootId",
  (SELECT md5(string_agg(md5(s::text), '' ORDER BY s.id)) FROM sync_run s
    WHERE s.team_id = r.team_id AND (s.id = r.id OR s.parent_id = r.id)) AS version
FROM sync_run r WHERE r.team_id = $1::text::bigint AND r.id = $2::text::bigint`;

/** Reads the version of a run; null when there is no such run. */
export async function readSyncRunVersion(
  session: ReadSession,
  key: RowKey,
): Promise<SyncRunVersion | null> {
  const rows = await session.query<SyncRunVersion>(VERSION, [String(key.teamId), String(key.id)]);
  return rows[0] ?? null;
}
