import { formatCount, formatShare } from '../../domain/core/quantities.ts';
import { act, defineSection, look, orFine, type Finding } from './section.ts';

export interface VacuumState {
  /** A plain table, or one partition. */
  readonly table: string;
  readonly rows: number;
  readonly dead: number;
  /** Of all row versions; null for an empty table. */
  readonly deadShare: number | null;
  /** Dead rows at which autovacuum comes, by the settings in force. */
  readonly vacuumAt: number;
  /** Changed rows at which it analyses. */
  readonly analyzeAt: number;
  readonly changedSinceAnalyze: number;
  /** Seconds since; null = never. */
  readonly vacuumedAgo: number | null;
  readonly analyzedAgo: number | null;
  readonly isAutovacuumOn: boolean;
  /** What the table sets for itself. */
  readonly settings: string;
}

// Partitions are vacuumed one by one, so they are shown one by one.
const VACUUM = `
WITH tables AS (
  SELECT c.oid, c.relname, c.reltuples,
    (SELECT jsonb_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(c.reloptions) o) AS own
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'partitions')
  WHERE c.relkind = 'r'
), settings AS (
  SELECT t.oid, s.name, coalesce(t.own ->> s.name, current_setting(s.name)) AS value
  FROM tables t CROSS JOIN unnest(ARRAY['autovacuum_vacuum_threshold', 'autovacuum_vacuum_scale_factor',
    'autovacuum_analyze_threshold', 'autovacuum_analyze_scale_factor', 'autovacuum_vacuum_max_threshold']) AS s(name)
), force AS (
  SELECT oid, jsonb_object_agg(name, value::numeric) AS value FROM settings GROUP BY oid
)
SELECT t.relname AS table, s.n_live_tup::float8 AS rows, s.n_dead_tup::float8 AS dead,
  (s.n_dead_tup::float8 / nullif(s.n_live_tup + s.n_dead_tup, 0)) AS "deadShare",
  CASE WHEN (f.value ->> 'autovacuum_vacuum_max_threshold')::numeric < 0 THEN at.vacuum
    ELSE least(at.vacuum, (f.value ->> 'autovacuum_vacuum_max_threshold')::numeric) END::float8 AS "vacuumAt",
  at.analyze::float8 AS "analyzeAt", s.n_mod_since_analyze::float8 AS "changedSinceAnalyze",
  extract(epoch FROM now() - greatest(s.last_vacuum, s.last_autovacuum))::float8 AS "vacuumedAgo",
  extract(epoch FROM now() - greatest(s.last_analyze, s.last_autoanalyze))::float8 AS "analyzedAgo",
  current_setting('autovacuum')::boolean AND coalesce((t.own ->> 'autovacuum_enabled')::boolean, true) AS "isAutovacuumOn",
  coalesce((SELECT string_agg(replace(key, 'autovacuum_', '') || ' ' || value, ', ' ORDER BY key)
    FROM jsonb_each_text(t.own)), '') AS settings
FROM tables t
JOIN force f USING (oid)
JOIN pg_stat_user_tables s ON s.relid = t.oid
CROSS JOIN LATERAL (SELECT
  (f.value ->> 'autovacuum_vacuum_threshold')::numeric
    + (f.value ->> 'autovacuum_vacuum_scale_factor')::numeric * greatest(t.reltuples, 0)::numeric AS vacuum,
  (f.value ->> 'autovacuum_analyze_threshold')::numeric
    + (f.value ->> 'autovacuum_analyze_scale_factor')::numeric * greatest(t.reltuples, 0)::numeric AS analyze) AS at
ORDER BY s.n_dead_tup DESC, s.n_live_tup DESC, 1`;

/** Autovacuum looks once a minute and has few workers: only what lies well beyond its threshold is late. */
const LATE = 2;
const FEW_ROWS = 10_000;

/** Says where dead rows pile up, where the planner works without statistics, and where autovacuum is off. */
export function evaluateVacuum(rows: readonly VacuumState[]): readonly Finding[] {
  const findings = rows.flatMap((row): Finding[] => {
    const { table } = row;
    if (!row.isAutovacuumOn) {
      return [
        act(
          `Autovacuum is switched off for ${table}.`,
          'Switch it on: without it dead rows stay and transaction numbers run out.',
        ),
      ];
    }
    const late: Finding[] = [];
    if (row.dead > FEW_ROWS && row.dead > row.vacuumAt * LATE) {
      late.push(
        look(
          `${table} has ${formatCount(row.dead)} dead rows (${formatShare(row.deadShare ?? 0)}), autovacuum should come at ${formatCount(row.vacuumAt)}.`,
          'End transactions that hold it back (below), else run VACUUM (ANALYZE) on it and raise autovacuum_max_workers.',
        ),
      );
    }
    if (row.changedSinceAnalyze > FEW_ROWS && row.changedSinceAnalyze > row.analyzeAt * LATE) {
      late.push(
        look(
          `${formatCount(row.changedSinceAnalyze)} rows of ${table} changed since it was analysed.`,
          'Run ANALYZE on it: until then plans are made from old numbers.',
        ),
      );
    }
    return late;
  });
  return orFine(findings, 'Autovacuum keeps up with every table.');
}

/** Dead rows, and when each table was last vacuumed and analysed under which settings. */
export const readVacuum = defineSection<VacuumState>({
  key: 'vacuum',
  title: 'Dead rows and autovacuum',
  columns: {
    table: ['table', 'text'],
    rows: ['rows', 'count'],
    dead: ['dead', 'count'],
    deadShare: ['share', 'share'],
    vacuumAt: ['vacuum at', 'count'],
    vacuumedAgo: ['vacuumed ago', 'seconds'],
    analyzedAgo: ['analysed ago', 'seconds'],
    settings: ['own settings', 'text'],
  },
  read: async (connection) => (await connection.query<VacuumState>(VACUUM)).rows,
  evaluate: evaluateVacuum,
});
