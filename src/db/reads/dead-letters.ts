import {
  CONTRADICTORY,
  HEADS_KEY,
  MAX_RANGE_ATTEMPTS,
  MAX_RETRY_STEP,
  MONTH_KEY_PREFIX,
  PERMISSION_KEY,
  PULL_REQUEST_RETRY_MINUTES,
  UNKNOWN_KEY,
  WATERMARK_HOLD_DAYS,
} from '../../domain/sync/dead-letter.ts';
import { defineList } from './lists.ts';

/** A row from outside that could not be read or stored and is not resolved. */
export interface DeadLetterRow {
  readonly teamId: bigint;
  readonly repositoryId: bigint;
  /** `pull_request`, or a stage in lower case. */
  readonly entity: string;
  /**
   * What GitHub calls it: a number or an id, `permission` for a whole stage, `unknown` where GitHub gave none,
   * `month:2026-02` for a month that reconcile gave up.
   */
  readonly naturalKey: string;
  readonly reasonCode: string;
  readonly reason: string;
  readonly attempts: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  /** A sync that begins later tries it again; null when none does so unasked. */
  readonly nextTryAt: Date | null;
}

const IS_YOUNG = `t.first_seen_at > now() - interval '${WATERMARK_HOLD_DAYS} days'`;

const AFTER_PAUSE = `t.last_seen_at + make_interval(hours =>
    least(t.attempts, ${MAX_RETRY_STEP}) * least(t.attempts, ${MAX_RETRY_STEP}))`;

/** Whether every sync reads all that a page hides, because the last ones saw nothing newer. */
const IS_READ_ANYWAY = `EXISTS (SELECT FROM repository r WHERE r.team_id = t.team_id AND r.id = t.repository_id
    AND r.complete_from IS NOT NULL AND r.watermark - interval '5 minutes' <= t.unread_since)`;

/**
 * When it is tried again, as `readDeadLetterNumbers`, `planDeadLetteredRanges`, `openRepositoryRun`, `findDueStages`,
 * `readNestedLists` and `finishStage` have it.
 */
const NEXT_TRY = `CASE
    WHEN t.retry_requested_at IS NOT NULL THEN t.retry_requested_at
    WHEN t.entity = 'pull_request' AND t.natural_key = '${UNKNOWN_KEY}' THEN
      CASE WHEN t.reason_code <> '${CONTRADICTORY}' THEN NULL WHEN ${IS_READ_ANYWAY} THEN t.last_seen_at
        WHEN ${IS_YOUNG} THEN ${AFTER_PAUSE} END
    WHEN t.entity = 'pull_request' AND starts_with(t.natural_key, '${MONTH_KEY_PREFIX}') THEN NULL
    WHEN t.entity = 'pull_request' AND t.natural_key = '${HEADS_KEY}' THEN t.last_seen_at
    WHEN t.entity = 'pull_request' THEN t.last_seen_at + interval '${PULL_REQUEST_RETRY_MINUTES} minutes'
    WHEN t.entity = 'deployment_ranges' THEN
      CASE WHEN t.attempts < ${MAX_RANGE_ATTEMPTS} THEN t.last_seen_at + make_interval(hours => t.attempts * t.attempts) END
    WHEN t.entity = 'nested_lists' THEN CASE WHEN ${IS_YOUNG} THEN ${AFTER_PAUSE} END
    WHEN ${IS_YOUNG} AND t.natural_key <> '${PERMISSION_KEY}' THEN
      CASE WHEN t.reason_code = '${CONTRADICTORY}' THEN ${AFTER_PAUSE} ELSE t.last_seen_at END
  END`;

const OPEN = {
  table: 'dead_letter',
  columns: `t.team_id AS "teamId", t.repository_id AS "repositoryId", t.entity, t.natural_key AS "naturalKey",
    t.reason_code AS "reasonCode", t.reason, t.attempts, t.first_seen_at AS "firstSeenAt",
    t.last_seen_at AS "lastSeenAt", ${NEXT_TRY} AS "nextTryAt"`,
  direction: 'ASC',
  always: 't.resolved_at IS NULL',
} as const;

const BY_KEY = [
  { column: 'entity', type: 'text' },
  { column: 'natural_key', type: 'text' },
] as const;

const ACROSS_REPOSITORIES = {
  order: [{ column: 'repository_id', type: 'bigint' }, ...BY_KEY],
  cursorFields: ['repositoryId', 'entity', 'naturalKey'],
} as const;

/** Dead letters of a repository, in the order of their keys. */
export const REPOSITORY_DEAD_LETTERS = defineList<DeadLetterRow>({
  ...OPEN,
  parent: ['team_id', 'repository_id'],
  order: BY_KEY,
  cursorFields: ['entity', 'naturalKey'],
});

/** Dead letters of a team's repositories. */
export const TEAM_DEAD_LETTERS = defineList<DeadLetterRow>({
  ...OPEN,
  ...ACROSS_REPOSITORIES,
  parent: ['team_id'],
});

/** Dead letters that a sync was the first to meet; for a job, that its repository syncs were. */
export const SYNC_RUN_DEAD_LETTERS = defineList<DeadLetterRow>({
  ...OPEN,
  ...ACROSS_REPOSITORIES,
  table: `(SELECT s.id AS of_run_id, d.* FROM sync_run s
    JOIN dead_letter d ON d.team_id = s.team_id AND d.repository_id = s.repository_id AND d.sync_run_id = s.id
    UNION ALL
    SELECT s.parent_id, d.* FROM sync_run s
    JOIN dead_letter d ON d.team_id = s.team_id AND d.repository_id = s.repository_id AND d.sync_run_id = s.id
    WHERE s.parent_id IS NOT NULL)`,
  parent: ['team_id', 'of_run_id'],
});
