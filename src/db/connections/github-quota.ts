import type { GitHubResource, QuotaFact } from '../../domain/pulls/github-facts.ts';
import type { DbTransaction } from '../core/client.ts';
import { firstRow } from '../core/first-row.ts';

/** When GitHub may be asked again at the earliest, and why. */
export interface QuotaBlock {
  readonly until: Date;
  readonly reason: string;
}

/** A limit that GitHub answered with. */
export interface QuotaLimit {
  /** Null when GitHub named no time. */
  readonly until: Date | null;
  readonly reason: string;
}

/** Who wants to ask now. */
export interface SlotRequest {
  readonly identity: string;
  readonly resource: GitHubResource;
  /** For what: `<team>:<repository>`, or `<team>:-`. */
  readonly holder: string;
  /** Share of the limit, 0 to 1, that is left alone: it belongs to interactive use. */
  readonly reserve: number;
  /** Whether a holder that has had its share lets others go first. */
  readonly isShared: boolean;
}

const BOTH_RESOURCES: readonly GitHubResource[] = ['core', 'graphql'];

/** GitHub asks for at least a minute where it names no time; each further time in a row doubles it, up to an hour. */
const FIRST_WAIT_SECONDS = 60;
const MAX_WAIT_SECONDS = 3_600;

/** No window of GitHub's is longer than an hour: a reset beyond twice of it is a broken clock. */
export const MAX_WINDOW = '2 hours';

/** Shares are looked at once so much of the budget, 0 to 1, is used. */
const SCARCE_FROM = 0.5;

/** A holder that has asked within this time has work; one that has had its share steps back for this long. */
const HAS_WORK_SECONDS = 60;
const STEP_BACK_SECONDS = 15;

/**
 * Writes what GitHub said of its limit; shared by all teams on one identity. A reset that lies beyond every window comes
 * from a wrong clock: it is stored as the latest that can be, once. Further ones do not move it, so the wait for it ends,
 * and after that they hold nobody back.
 */
export async function saveQuota(
  tx: DbTransaction,
  identity: string,
  quota: QuotaFact,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO github_quota AS known (identity, resource, point_limit, remaining, used, reset_at, reset_clamped, updated_at)
    SELECT ${identity}, ${quota.resource}, ${quota.limit}::integer, ${quota.remaining}::integer, ${quota.used}::integer,
      least(said.reset_at, latest.reset_at), said.reset_at > latest.reset_at, now()
    FROM (SELECT ${quota.resetAt}::timestamptz AS reset_at) AS said,
      (SELECT now() + ${MAX_WINDOW}::interval AS reset_at) AS latest
    ON CONFLICT (identity, resource) DO UPDATE SET point_limit = excluded.point_limit,
      remaining = excluded.remaining, used = excluded.used, updated_at = now(), reset_clamped = excluded.reset_clamped,
      reset_at = CASE WHEN known.reset_clamped AND excluded.reset_clamped THEN known.reset_at ELSE excluded.reset_at END`;
}

/**
 * An answer ends the series of limits. Secondary limits count on both resources and end on both: a sync that only ever
 * asks for one resource would be held back by the other. A limit that hit the other resource alone stands.
 */
export async function resetConsecutiveLimits(
  tx: DbTransaction,
  identity: string,
  resource: GitHubResource,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE github_quota limited SET consecutive_limits = 0, updated_at = now()
    WHERE limited.identity = ${identity} AND limited.consecutive_limits > 0
      AND EXISTS (SELECT FROM github_quota own
        WHERE own.identity = limited.identity AND own.resource = ${resource} AND own.consecutive_limits > 0)`;
}

/**
 * Lifts what holds an identity back although GitHub says itself that it has something left: a limit of one resource that
 * came by a wrong header or clock. A pause that GitHub asked for says nothing of its limits, and stays.
 * @param limits what GitHub says of its limits now; a resource without one has none
 * @returns whether something was lifted
 */
export async function liftQuotaBlocks(
  tx: DbTransaction,
  identity: string,
  limits: readonly QuotaFact[],
): Promise<boolean> {
  const usedUp = limits.filter(({ remaining }) => remaining === 0).map(({ resource }) => resource);
  const metered = limits.map(({ resource }) => resource);
  for (const quota of limits) {
    await saveQuota(tx, identity, quota);
  }
  const lifted = await tx.$executeRaw`
    UPDATE github_quota q SET updated_at = now(),
      blocked_until = CASE WHEN q.pause_until > now() THEN q.pause_until END,
      blocked_reason = CASE WHEN q.pause_until > now() THEN q.pause_reason END,
      consecutive_limits = CASE WHEN q.pause_until > now() THEN q.consecutive_limits ELSE 0 END,
      point_limit = CASE WHEN q.resource = ANY (${metered}::text[]) THEN q.point_limit ELSE 0 END
    WHERE q.identity = ${identity} AND NOT q.resource = ANY (${usedUp}::text[])
      AND (q.blocked_until > greatest(now(), q.pause_until) OR NOT q.resource = ANY (${metered}::text[]))`;
  return lifted > 0 || limits.some(({ remaining }) => remaining > 0);
}

/** Whether a limit of either resource holds all requests of this identity back, a pause apart. */
export async function hasLimitBlock(tx: DbTransaction, identity: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT FROM github_quota WHERE identity = ${identity} AND (blocked_until > greatest(now(), pause_until)
      OR (reset_at > now() AND point_limit > 0 AND remaining < 1))
    LIMIT 1`;
  return rows.length > 0;
}

/** The pause that GitHub asked this identity for and that is not over, for whatever may be sent while a limit stands. */
export async function readPause(tx: DbTransaction, identity: string): Promise<QuotaBlock | null> {
  const [pause] = await tx.$queryRaw<QuotaBlock[]>`
    SELECT pause_until AS until, pause_reason AS reason FROM github_quota
    WHERE identity = ${identity} AND pause_until > now() ORDER BY pause_until DESC LIMIT 1`;
  return pause ?? null;
}

/**
 * Nobody asks GitHub with this identity before the limit's time; without one, for a minute, twice as long with each such
 * limit in a row, an hour at most.
 * @param struck the resource whose points are used up; null for a secondary limit, which is a pause of the whole identity
 * @returns the longest of the blocks that stand now
 */
export async function blockQuota(
  tx: DbTransaction,
  identity: string,
  limit: QuotaLimit,
  struck: GitHubResource | null = null,
): Promise<QuotaBlock> {
  const resources = struck === null ? BOTH_RESOURCES : [struck];
  const isPause = struck === null;
  const rows = await tx.$queryRaw<QuotaBlock[]>`
    INSERT INTO github_quota AS known (identity, resource, point_limit, remaining, used, reset_at, blocked_until,
      blocked_reason, pause_until, pause_reason, consecutive_limits)
    SELECT ${identity}::text, resource, 0, 0, 0, first.until, first.until, ${limit.reason}::text,
      CASE WHEN ${isPause}::boolean THEN first.until END, CASE WHEN ${isPause}::boolean THEN ${limit.reason}::text END,
      CASE WHEN ${limit.until}::timestamptz IS NULL THEN 1 ELSE 0 END
    FROM unnest(${[...resources]}::text[]) AS resource, (SELECT coalesce(${limit.until}::timestamptz,
      now() + make_interval(secs => ${FIRST_WAIT_SECONDS})) AS until) AS first
    ORDER BY resource COLLATE "C"
    ON CONFLICT (identity, resource) DO UPDATE SET
      consecutive_limits = known.consecutive_limits + excluded.consecutive_limits,
      (blocked_until, pause_until) = (
        SELECT greatest(known.blocked_until, wait.until),
          CASE WHEN ${isPause}::boolean THEN greatest(known.pause_until, wait.until) ELSE known.pause_until END
        FROM (SELECT CASE WHEN excluded.consecutive_limits = 0 THEN excluded.blocked_until
          ELSE now() + make_interval(secs => least(${FIRST_WAIT_SECONDS} * power(2, least(known.consecutive_limits, 20)),
            ${MAX_WAIT_SECONDS})) END AS until) AS wait),
      blocked_reason = excluded.blocked_reason, pause_reason = coalesce(excluded.pause_reason, known.pause_reason),
      updated_at = now()
    RETURNING blocked_until AS until, blocked_reason AS reason`;
  const longestFirst = rows.toSorted((a, b) => b.until.getTime() - a.until.getTime());
  return firstRow(longestFirst, 'a limit without a resource was to be kept');
}

/**
 * Why GitHub must not be asked now; null when it may. In this order: a limit that GitHub answered with, a budget that is
 * used up to the reserve, and the shares. Once half of a window's budget is used, a holder that has had its share of it
 * (budget by holders of this window) steps back for 15 s while another one that has not had its share has work; alone,
 * it may use all. The request is recorded: whoever asks has work. A limit of zero is none.
 */
export async function readQuotaBlock(
  tx: DbTransaction,
  request: SlotRequest,
): Promise<QuotaBlock | null> {
  const { identity, resource, holder, reserve } = request;
  const rows = await tx.$queryRaw<{ until: Date | null; reason: string }[]>`
    WITH quota AS (
      SELECT *, reset_at > now() AND point_limit > 0 AS is_metered, point_limit * ${reserve}::float8 AS reserved
      FROM github_quota WHERE identity = ${identity} AND resource = ${resource}
    ), mine AS (
      INSERT INTO github_spend AS spent (identity, resource, window_ends_at, holder, updated_at)
      SELECT ${identity}, ${resource}, coalesce((SELECT reset_at FROM quota WHERE is_metered),
        date_trunc('hour', now()) + interval '1 hour'), ${holder}, now()
      ON CONFLICT (identity, resource, window_ends_at, holder) DO UPDATE SET updated_at = now()
      RETURNING spent.window_ends_at, spent.points
    ), others AS (
      SELECT count(*) AS holders,
        min(spent.points) FILTER (WHERE spent.updated_at > now() - make_interval(secs => ${HAS_WORK_SECONDS})) AS fewest
      FROM github_spend spent, mine
      WHERE spent.identity = ${identity} AND spent.resource = ${resource}
        AND spent.window_ends_at = mine.window_ends_at AND spent.holder <> ${holder}
    ), share AS (
      SELECT (quota.point_limit - quota.reserved) / (others.holders + 1) AS points FROM quota, others
    )
    SELECT CASE WHEN blocked_until > now() THEN blocked_until
        WHEN is_metered AND remaining < greatest(reserved, 1) THEN least(reset_at, now() + ${MAX_WINDOW}::interval)
        WHEN is_metered AND ${request.isShared}::boolean
          AND remaining - reserved <= (point_limit - reserved) * ${SCARCE_FROM}::float8
          AND mine.points >= share.points AND others.fewest < share.points
          THEN least(reset_at, now() + make_interval(secs => ${STEP_BACK_SECONDS})) END AS until,
      CASE WHEN blocked_until > now() THEN blocked_reason
        WHEN remaining < reserved THEN 'GitHub''s hourly limit: the rest is kept for interactive use'
        WHEN remaining < 1 THEN 'GitHub''s hourly limit is used up'
        ELSE 'GitHub''s hourly limit gets scarce: repositories that have had less of it go first' END AS reason
    FROM quota, mine, others, share`;
  const [row] = rows;
  return row?.until ? { until: row.until, reason: row.reason } : null;
}
