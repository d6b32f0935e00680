import type pg from 'pg';
import { DomainError } from '../../domain/core/errors.ts';

/** How many rows name a row that is not there, by one foreign key that PostgreSQL does not enforce. */
export interface OrphanCount {
  readonly constraint: string;
  readonly table: string;
  readonly orphans: number;
}

interface UncheckedKey {
  readonly constraint: string;
  readonly table: string;
  /** Whether row-level security shows this role the rows of all teams. */
  readonly seen: boolean;
  readonly query: string;
}

/**
 * The keys come from the catalogue, so a new one is looked at without being named here. As with an enforced key, a row
 * with a null in the key names nothing; a partitioned table is one table.
 */
const UNCHECKED_KEYS = `
SELECT c.conname AS constraint, child.relname AS table, s.seen,
  format('SELECT count(*)::text AS orphans FROM %s AS child WHERE %s AND NOT EXISTS (SELECT FROM %s AS parent WHERE %s)',
    child.oid::regclass, k.not_null, c.confrelid::regclass, k.matches) AS query
FROM pg_constraint c
JOIN pg_class child ON child.oid = c.conrelid
CROSS JOIN LATERAL (
  SELECT string_agg(format('child.%I IS NOT NULL', a.attname), ' AND ' ORDER BY key.ordinal) AS not_null,
    string_agg(format('parent.%I = child.%I', b.attname, a.attname), ' AND ' ORDER BY key.ordinal) AS matches
  FROM unnest(c.conkey, c.confkey) WITH ORDINALITY AS key(own, other, ordinal)
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = key.own
  JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = key.other
) AS k
CROSS JOIN LATERAL (
  SELECT bool_and(pg_has_role(t.relowner, 'USAGE')) AS seen FROM pg_class t WHERE t.oid IN (c.conrelid, c.confrelid)
) AS s
WHERE c.contype = 'f' AND NOT c.conenforced AND c.conparentid = 0
ORDER BY child.relname COLLATE "C", c.conname COLLATE "C"`;

/**
 * Counts orphans of each foreign key that is NOT ENFORCED, those without any among them. Reads each of the tables once
 * (seconds for a million rows) and locks nothing, so it may run beside everything else; a parent and its rows that are
 * written meanwhile are seen together or not at all. Any orphan is a defect or a repair by hand gone wrong.
 * @param connection of the role that owns the tables: `withDirectConnection(directUrl, findOrphans)`
 * @throws DomainError FORBIDDEN when the role does not see the rows of all teams, because it would find nothing
 */
export async function findOrphans(
  connection: Pick<pg.ClientBase, 'query'>,
): Promise<OrphanCount[]> {
  const { rows: keys } = await connection.query<UncheckedKey>(UNCHECKED_KEYS);
  const hidden = keys.find(({ seen }) => !seen);
  if (hidden !== undefined) {
    throw new DomainError(
      'FORBIDDEN',
      `This role does not see all rows of ${hidden.table}: look for orphans as the owner of the tables (DATABASE_DIRECT_URL).`,
    );
  }
  const counts: OrphanCount[] = [];
  for (const { constraint, table, query } of keys) {
    const { rows } = await connection.query<{ readonly orphans: string }>(query);
    counts.push({ constraint, table, orphans: Number(rows[0]?.orphans) });
  }
  return counts;
}
