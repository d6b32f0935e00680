import { formatBytes, formatDuration } from '../../domain/core/quantities.ts';
import { act, defineSection, look, orFine, type Finding } from './section.ts';

export interface ReplicationState {
  readonly name: string;
  readonly kind: 'REPLICA' | 'SLOT' | 'THIS_SERVER';
  readonly state: string;
  /** WAL that is not replayed yet, or that a slot keeps. */
  readonly lagBytes: number | null;
  readonly lagSeconds: number | null;
}

// On a replica there is no current WAL position of its own: it says how far behind its primary it is.
const REPLICATION = `
WITH here AS (SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn() END AS lsn)
SELECT coalesce(nullif(r.application_name, ''), r.pid::text) AS name, 'REPLICA' AS kind, coalesce(r.state, 'hidden') AS state,
  pg_wal_lsn_diff(here.lsn, r.replay_lsn)::float8 AS "lagBytes", extract(epoch FROM r.replay_lag)::float8 AS "lagSeconds"
FROM pg_stat_replication r CROSS JOIN here
UNION ALL
SELECT s.slot_name, 'SLOT', CASE WHEN s.active THEN 'active' ELSE 'inactive' END,
  pg_wal_lsn_diff(here.lsn, s.restart_lsn)::float8, NULL
FROM pg_replication_slots s CROSS JOIN here
UNION ALL
SELECT 'this server', 'THIS_SERVER', 'replays', NULL,
  extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8
WHERE pg_is_in_recovery()
ORDER BY 2, 1`;

const FAR_BYTES = 256 * 1024 ** 2;
const FAR_SECONDS = 60;

/** Says which replica is behind, and which slot makes the disk fill. */
export function evaluateReplication(rows: readonly ReplicationState[]): readonly Finding[] {
  const findings = rows.flatMap((row): Finding[] => {
    if (row.kind === 'SLOT') {
      return row.state === 'active'
        ? []
        : [
            act(
              `Nobody reads from replication slot ${row.name}; it keeps ${formatBytes(row.lagBytes ?? 0)} of WAL, and more each minute.`,
              `Start its replica again, or drop the slot: SELECT pg_drop_replication_slot('${row.name.replaceAll("'", "''")}').`,
            ),
          ];
    }
    const far = (row.lagBytes ?? 0) > FAR_BYTES || (row.lagSeconds ?? 0) > FAR_SECONDS;
    return far
      ? [
          look(
            `${row.name} is ${formatBytes(row.lagBytes ?? 0)} and ${formatDuration(row.lagSeconds ?? 0)} behind.`,
            'Look for long queries on the replica; until it has caught up, reads go to the primary.',
          ),
        ]
      : [];
  });
  return orFine(findings, rows.length === 0 ? 'There is no replica.' : 'Replication keeps up.');
}

/** Replicas and replication slots of this server. */
export const readReplication = defineSection<ReplicationState>({
  key: 'replication',
  title: 'Replication',
  columns: {
    name: ['name', 'text'],
    kind: ['kind', 'text'],
    state: ['state', 'text'],
    lagBytes: ['behind', 'bytes'],
    lagSeconds: ['behind', 'seconds'],
  },
  read: async (connection) => (await connection.query<ReplicationState>(REPLICATION)).rows,
  evaluate: evaluateReplication,
});
