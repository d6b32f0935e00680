import { formatCount, formatShare } from '../../domain/core/quantities.ts';
import { act, defineSection, fine, look, type Finding, type ReportScope } from './section.ts';

export interface ConnectionGroup {
  readonly application: string;
  readonly role: string;
  readonly state: string;
  readonly connections: number;
  /** Of the whole server, superusers' reserve taken off. */
  readonly serverLimit: number;
  /** Of the whole server, all databases. */
  readonly serverUsed: number;
}

const CONNECTIONS = `
SELECT coalesce(nullif(a.application_name, ''), '–') AS application, coalesce(a.usename, '–') AS role,
  coalesce(a.state, 'hidden') AS state, count(*)::integer AS connections,
  current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
    - current_setting('reserved_connections')::integer AS "serverLimit",
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::integer AS "serverUsed"
FROM pg_stat_activity a
WHERE a.backend_type = 'client backend' AND a.datname = current_database() AND a.pid <> pg_backend_pid()
GROUP BY 1, 2, 3 ORDER BY connections DESC, 1, 2, 3`;

const MANY = 0.6;
const TOO_MANY = 0.8;

/** Says how near the server is to refusing connections, and whether it lets this role see them. */
export function evaluateConnections(
  rows: readonly ConnectionGroup[],
  { seesOthers }: Pick<ReportScope, 'seesOthers'>,
): readonly Finding[] {
  const findings: Finding[] = [];
  const [first] = rows;
  if (first === undefined) {
    findings.push(fine('Nobody else is connected to this database.'));
  } else {
    const { serverUsed, serverLimit } = first;
    const share = serverUsed / serverLimit;
    const measured = `${formatCount(serverUsed)} of ${formatCount(serverLimit)} connections are in use (${formatShare(share)}).`;
    const advice =
      'Lower DATABASE_POOL_SIZE, or put PgBouncer in transaction mode before PostgreSQL (docs/operations.md).';
    const severe = share > TOO_MANY ? act : look;
    findings.push(share <= MANY ? fine(measured) : severe(measured, advice));
  }
  if (!seesOthers) {
    findings.push(
      look(
        'The role of this report may not see what other sessions do.',
        'Run deploy/postgres/roles.sql again as a superuser: it grants pg_read_all_stats to throughline_maintenance.',
      ),
    );
  }
  return findings;
}

/** Who is connected to this database. */
export const readConnections = defineSection<ConnectionGroup>({
  key: 'connections',
  title: 'Connections',
  columns: {
    application: ['application', 'text'],
    role: ['role', 'text'],
    state: ['state', 'text'],
    connections: ['connections', 'count'],
  },
  read: async (connection) => (await connection.query<ConnectionGroup>(CONNECTIONS)).rows,
  evaluate: evaluateConnections,
});
