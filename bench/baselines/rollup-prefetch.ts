import type pg from 'pg';
import { bulkUpsert, type BulkConnection } from '../../src/db/bulk/bulk-upsert.ts';
import type { TableDescriptor } from '../../src/db/bulk/table-descriptor.ts';

/** The numbers of a member week in the order of NUMBERS. */
interface MemberWeek {
  readonly memberId: bigint;
  readonly week: string;
  readonly numbers: bigint[];
}

/** Columns of a member week that these baselines fill; there is no AI usage in their facts. */
export const NUMBERS = [
  'pull_requests_opened',
  'pull_requests_merged',
  'pull_requests_closed',
  'cycle_time_seconds',
  'coding_seconds',
  'pickup_seconds',
  'review_seconds',
  'merge_wait_seconds',
  'open_to_merge_seconds',
  'first_review_seconds',
  'first_review_count',
  'sized_count',
  'additions',
  'deletions',
  'revert_count',
  'hotfix_count',
  'reviews_submitted',
  'commits',
  'reviewed_pull_requests',
] as const;

const AI_NUMBERS = ['ai_suggestions_shown', 'ai_suggestions_accepted', 'ai_active_days'] as const;

/** A generation of its own, beside what the product has written. */
export const BASELINE_GENERATION = 1_000_000;

const COMPUTED_AT = new Date('2026-05-01T00:00:00Z');

const WEEKLY_METRICS: TableDescriptor<MemberWeek & { readonly definitionVersion: string }> = {
  table: 'weekly_metrics',
  columns: [
    { name: 'generation', type: 'integer', value: () => BASELINE_GENERATION },
    { name: 'member_id', type: 'bigint', value: (row) => row.memberId },
    { name: 'week_start', type: 'date', value: (row) => row.week },
    ...NUMBERS.map((name, index) => ({
      name,
      type: 'bigint' as const,
      value: (row: MemberWeek) => row.numbers[index] ?? 0n,
    })),
    ...AI_NUMBERS.map((name) => ({ name, type: 'bigint' as const, value: () => 0n })),
    { name: 'definition_version', type: 'text', value: (row) => row.definitionVersion },
    { name: 'computed_at', type: 'timestamptz', value: () => COMPUTED_AT, compare: 'skip' },
  ],
  key: ['generation', 'member_id', 'week_start'],
  returning: [],
};

const seconds = (from: string, to: string): string =>
  `floor(extract(epoch FROM ${to}))::bigint - floor(extract(epoch FROM ${from}))::bigint`;

/** The sums of merged pull requests in the order of NUMBERS, from the second on. */
export const MERGED_SUMS = `count(*), sum(p.cycle_time_seconds), sum(p.coding_seconds), sum(p.pickup_seconds),
  sum(p.review_seconds), sum(p.merge_wait_seconds), sum(${seconds('p.created_at', 'p.merged_at')}),
  sum(${seconds('p.created_at', 'p.first_review_at')}), count(p.first_review_at), count(p.additions),
  sum(p.additions), sum(p.deletions), count(*) FILTER (WHERE p.is_revert), count(*) FILTER (WHERE p.is_hotfix)`;

interface Source {
  readonly sql: string;
  /** Where in NUMBERS its columns go. */
  readonly targets: readonly number[];
}

function source(
  member: string,
  at: string,
  from: string,
  sums: string,
  targets: readonly number[],
): Source {
  return {
    sql: `SELECT ${member}::text AS member, throughline_week_start(${at}, t.time_zone, t.week_start)::text AS week, ${sums}
      FROM team t JOIN ${from} WHERE t.id = $1 AND ${member} IS NOT NULL AND ${at} IS NOT NULL GROUP BY 1, 2`,
    targets,
  };
}

const SOURCES: readonly Source[] = [
  source('p.author_id', 'p.created_at', 'pull_request p ON p.team_id = t.id', 'count(*)', [0]),
  source(
    'p.author_id',
    'p.merged_at',
    'pull_request p ON p.team_id = t.id',
    MERGED_SUMS,
    [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  ),
  source(
    'p.author_id',
    'p.closed_at',
    'pull_request p ON p.team_id = t.id AND p.merged_at IS NULL',
    'count(*)',
    [2],
  ),
  source(
    'r.reviewer_id',
    'r.submitted_at',
    `review r ON r.team_id = t.id JOIN pull_request p
      ON p.team_id = t.id AND p.id = r.pull_request_id AND p.author_id <> r.reviewer_id`,
    'count(*), count(DISTINCT r.pull_request_id)',
    [16, 18],
  ),
  source(
    'c.author_id',
    'c.authored_at',
    'commit c ON c.team_id = t.id',
    'count(DISTINCT c.sha)',
    [17],
  ),
];

/**
 * What the seeds did: a few GROUP BY for the whole team, put together in memory, written in bulk by the same writer
 * that the product has.
 */
export async function rollUpByPrefetch(
  client: pg.Client,
  bulk: BulkConnection,
  teamId: bigint,
  definitionVersion: string,
): Promise<void> {
  const memberWeeks = new Map<string, MemberWeek>();
  await client.query('BEGIN');
  await client.query(`SELECT set_config('app.team_ids', $1, true)`, [`{${teamId}}`]);
  for (const { sql, targets } of SOURCES) {
    const { rows } = await client.query<string[]>({
      text: sql,
      values: [teamId],
      rowMode: 'array',
    });
    for (const [member = '', week = '', ...sums] of rows) {
      const key = `${member} ${week}`;
      const memberWeek = memberWeeks.get(key) ?? {
        memberId: BigInt(member),
        week,
        numbers: NUMBERS.map(() => 0n),
      };
      for (const [index, target] of targets.entries()) {
        memberWeek.numbers[target] = BigInt(sums[index] ?? 0);
      }
      memberWeeks.set(key, memberWeek);
    }
  }
  await client.query('COMMIT');
  await bulkUpsert(
    bulk,
    WEEKLY_METRICS,
    teamId,
    [...memberWeeks.values()].map((memberWeek) => ({ ...memberWeek, definitionVersion })),
  );
}
