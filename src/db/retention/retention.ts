import { DomainError } from '../../domain/core/errors.ts';
import {
  MIN_RETENTION_DAYS,
  retentionCutoff,
  type RetentionKind,
} from '../../domain/retention/retention.ts';
import { recordAudit } from '../core/admin-audit.ts';
import type { Db, DbTransaction } from '../core/client.ts';
import { withDirectConnection } from '../core/direct-connection.ts';
import { withTeam } from '../core/team-transaction.ts';

/** A table of which old rows are removed. */
interface ExpiringTable {
  readonly kind: RetentionKind;
  /** Column with the day that counts; of a week its first day. */
  readonly day: string;
  /** Rest of the primary key behind team_id, in its order. */
  readonly key: readonly string[];
  /** Rows are retained at least so long, whatever the setting says. */
  readonly atLeastDays?: number;
  /** Column of the team that says from which day on the rows are still there. */
  readonly retainedFrom?: string;
}

/** Pull requests and what belongs to them are retained for ever. */
const EXPIRING = {
  ai_usage_daily: {
    kind: 'AI_USAGE',
    day: 'date',
    key: ['member_id', 'date', 'source'],
    retainedFrom: 'ai_usage_retained_from',
  },
  ai_usage_report: {
    kind: 'AI_USAGE',
    day: 'day',
    key: ['source', 'organization', 'kind', 'day'],
    // A day whose report is forgotten is asked for again, and GitHub keeps reports for a year.
    atLeastDays: 366,
  },
  ai_usage_total_daily: {
    kind: 'AI_USAGE',
    day: 'date',
    key: ['source', 'organization', 'date', 'dimension', 'name'],
  },
  ai_seat_daily: { kind: 'AI_USAGE', day: 'date', key: ['source', 'organization', 'date'] },
  weekly_metrics: {
    kind: 'WEEKLY_METRICS',
    day: 'week_start',
    key: ['generation', 'member_id', 'week_start'],
    retainedFrom: 'weekly_metrics_retained_from',
  },
} as const satisfies Record<string, ExpiringTable>;

export type ExpiringTableName = keyof typeof EXPIRING;

const TABLES = Object.keys(EXPIRING) as ExpiringTableName[];

/** Rows of one transaction: more would hold their locks longer and gain nothing. */
export const RETENTION_BATCH = 10_000;

/** A count reads all that would go; a dry run may take its time. */
const PLAN_TIMEOUT_MS = 60_000;

/** What is asked of retention. */
export interface RetentionRequest {
  readonly now: Date;
  /** Instead of the settings of the team, 30 to 3650; null takes the settings. */
  readonly days: number | null;
  /** Null means all kinds. */
  readonly kind: RetentionKind | null;
}

interface ExpiredCounts {
  readonly rows: number;
  readonly oldest: string | null;
  readonly newest: string | null;
  /** Keys of the five oldest rows. */
  readonly examples: readonly Readonly<Record<string, string>>[];
}

export interface ExpiredRows extends ExpiredCounts {
  readonly table: ExpiringTableName;
  readonly kind: RetentionKind;
  readonly days: number;
  /** The first day that stays, YYYY-MM-DD. */
  readonly cutoff: string;
}

export interface TeamRetentionPlan {
  readonly teamId: bigint;
  readonly slug: string;
  readonly tables: readonly ExpiredRows[];
}

interface TeamSettings {
  readonly slug: string;
  readonly aiUsage: number;
  readonly weeklyMetrics: number;
}

const DAYS_OF: Readonly<Record<RetentionKind, (settings: TeamSettings) => number>> = {
  AI_USAGE: ({ aiUsage }) => aiUsage,
  WEEKLY_METRICS: ({ weeklyMetrics }) => weeklyMetrics,
};

/** Runs constant text with numbered parameters in a transaction that sees the team. */
export type RetentionQuery = <Row>(text: string, values: readonly unknown[]) => Promise<Row[]>;

/**
 * What retention would remove of one team now; changes nothing.
 * @returns null when there is no such team
 * @throws DomainError INVALID_INPUT when the days are out of their bounds
 */
export async function planTeamRetention(
  query: RetentionQuery,
  teamId: bigint,
  request: RetentionRequest,
): Promise<TeamRetentionPlan | null> {
  const [settings] = await query<TeamSettings>(SETTINGS_STATEMENT, [teamId]);
  if (settings === undefined) {
    return null;
  }
  const tables: ExpiredRows[] = [];
  for (const table of TABLES.filter((name) => matches(name, request.kind))) {
    const { kind, atLeastDays = 0 }: ExpiringTable = EXPIRING[table];
    const days = Math.max(request.days ?? DAYS_OF[kind](settings), atLeastDays);
    const cutoff = retentionCutoff(request.now, days);
    const [found] = await query<ExpiredCounts>(PLAN_STATEMENTS[table], [teamId, cutoff]);
    const none = { rows: 0, oldest: null, newest: null, examples: [] };
    tables.push({ table, kind, days, cutoff, ...(found ?? none) });
  }
  return { teamId, slug: settings.slug, tables };
}

/** The same in a transaction of its own, for work that goes team by team. */
export async function planRetention(
  db: Db,
  teamId: bigint,
  request: RetentionRequest,
): Promise<TeamRetentionPlan | null> {
  return withTeam(
    db,
    teamId,
    (tx) =>
      planTeamRetention((text, values) => tx.$queryRawUnsafe(text, ...values), teamId, request),
    { timeoutMs: PLAN_TIMEOUT_MS },
  );
}

function matches(table: ExpiringTableName, kind: RetentionKind | null): boolean {
  return kind === null || EXPIRING[table].kind === kind;
}

export interface DeleteExpiredInput {
  readonly teamId: bigint;
  readonly table: ExpiringTableName;
  /** Rows dated before this day go, YYYY-MM-DD; at least 30 days back. */
  readonly cutoff: string;
  readonly now: Date;
  /** Who asked; null when the schedule did. */
  readonly actorId: bigint | null;
}

export interface DeletedBatch {
  readonly rows: number;
  /** True when more may be left. */
  readonly more: boolean;
  /** True when the rows stay, because weeks of them are not rolled up yet. */
  readonly isWaiting: boolean;
}

/** Takes a batch back whose rows are not all counted in their weeks. */
class UncountedUsage extends Error {}

/**
 * Deletes one batch of a team's expired rows, up to 10,000, and writes their number to the audit in the same
 * transaction: what the audit adds up to is what is gone, whatever is killed. The cutoff is stored in the team's row,
 * so that a rollup does not take what was removed for what never was. Rows are locked in the order in which writers take them.
 * Usage stays while dirty marks say that one of its weeks is still to be rolled up: the caller rolls the team up first.
 * @throws DomainError INVALID_INPUT when the cutoff is later than 30 days ago
 */
export async function deleteExpiredBatch(db: Db, input: DeleteExpiredInput): Promise<DeletedBatch> {
  const { teamId, table, cutoff } = input;
  if (cutoff > retentionCutoff(input.now, MIN_RETENTION_DAYS)) {
    throw new DomainError(
      'INVALID_INPUT',
      `Rows since ${cutoff} must stay: retention never removes what is less than ${MIN_RETENTION_DAYS} days old.`,
    );
  }
  const work = withTeam(db, teamId, async (tx) => {
    // Where statistics are old, the planner takes a batch for one row, and compares each row with each.
    await tx.$queryRaw`SELECT set_config('enable_nestloop', 'off', true)`;
    const rows = await tx.$executeRawUnsafe(DELETE_STATEMENTS[table], teamId, cutoff);
    if (rows > 0) {
      // After the deletion: whoever wrote one of the rows has committed its dirty mark by now.
      if (table === 'ai_usage_daily' && (await hasDirtyMarks(tx, teamId, cutoff))) {
        throw new UncountedUsage();
      }
      const remember = REMEMBER_STATEMENTS[table];
      if (remember !== null) {
        await tx.$executeRawUnsafe(remember, teamId, cutoff);
      }
      const details = { table, cutoff, rows };
      await recordAudit(tx, { teamId, actorId: input.actorId, action: 'RETENTION', details });
    }
    return { rows, more: rows === RETENTION_BATCH, isWaiting: false };
  });
  return work.catch((error: unknown) => {
    if (error instanceof UncountedUsage) {
      return { rows: 0, more: false, isWaiting: true };
    }
    throw error;
  });
}

/** Whether a week with days before the cutoff waits to be rolled up; a week never begins after its days. */
async function hasDirtyMarks(tx: DbTransaction, teamId: bigint, cutoff: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ found: boolean }[]>`
    SELECT EXISTS (SELECT FROM rollup_dirty
      WHERE team_id = ${teamId} AND week_start < ${cutoff}::text::date) AS found`;
  return row?.found === true;
}

const SETTINGS_STATEMENT = `
SELECT slug, ai_usage_retention_days AS "aiUsage", weekly_metrics_retention_days AS "weeklyMetrics"
FROM team WHERE id = $1`;

const PLAN_STATEMENTS = forEachTable((table, { day, key }) => {
  const columns = key.map((column) => `'${column}', ${column}::text`).join(', ');
  return `
SELECT count(*)::integer AS rows, min(${day})::text AS oldest, max(${day})::text AS newest,
  (SELECT coalesce(json_agg(first.example), '[]') FROM (
    SELECT json_build_object(${columns}) AS example FROM ${table}
    WHERE team_id = $1 AND ${day} < $2::text::date ORDER BY ${[day, ...key].join(', ')} LIMIT 5
  ) AS first) AS examples
FROM ${table} WHERE team_id = $1 AND ${day} < $2::text::date`;
});

const DELETE_STATEMENTS = forEachTable((table, { day, key }) => {
  const columns = key.join(', ');
  const sameRow = key.map((column) => `stored.${column} = expired.${column}`).join(' AND ');
  return `
WITH expired AS MATERIALIZED (
  SELECT ${columns} FROM ${table} WHERE team_id = $1 AND ${day} < $2::text::date
  ORDER BY ${columns} LIMIT ${RETENTION_BATCH} FOR UPDATE
)
DELETE FROM ${table} AS stored USING expired
WHERE stored.team_id = $1 AND stored.${day} < $2::text::date AND ${sameRow}`;
});

const REMEMBER_STATEMENTS = forEachTable((_table, { retainedFrom }) =>
  retainedFrom === undefined
    ? null
    : `UPDATE team SET ${retainedFrom} = $2::text::date
WHERE id = $1 AND (${retainedFrom} IS NULL OR ${retainedFrom} < $2::text::date)`,
);

function forEachTable<Statement extends string | null>(
  render: (table: string, descriptor: ExpiringTable) => Statement,
): Readonly<Record<ExpiringTableName, Statement>> {
  const entries = TABLES.map((table) => [table, render(table, EXPIRING[table])] as const);
  return Object.fromEntries(entries) as Record<ExpiringTableName, Statement>;
}

/** Whether a name is one of the tables of which old rows are removed. */
export function isExpiringTable(name: string): name is ExpiringTableName {
  return Object.hasOwn(EXPIRING, name);
}

/**
 * Refreshes the planner's statistics after large deletions (ANALYZE). Autovacuum reclaims the space of deleted rows.
 * @param directUrl of the role that owns the tables
 */
export async function refreshStatistics(
  directUrl: string,
  tables: readonly ExpiringTableName[],
): Promise<void> {
  await withDirectConnection(directUrl, async (connection) => {
    for (const table of tables) {
      await connection.query(`ANALYZE ${table}`);
    }
  });
}
