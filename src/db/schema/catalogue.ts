import { withDirectConnection } from '../core/direct-connection.ts';

/**
 * One line for each fact, each beginning with the kind and the name of the object that it belongs to. Partitions are
 * left out: which months exist depends on the data. So is Prisma's own table of migrations, and pg_stat_statements,
 * which only a superuser can add and nothing of ours is built on.
 */
const CATALOGUE = `
WITH relations AS (
  SELECT c.oid, c.relkind, c.relname, c.relacl, c.relowner, c.relrowsecurity, c.relforcerowsecurity,
    CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT c.relispartition
    AND c.relname <> '_prisma_migrations'
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
), tables AS (
  SELECT * FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
), functions AS (
  SELECT p.*, p.oid::regprocedure::text AS signature
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
), grants AS (
  SELECT 'table ' || t.name AS object, a.grantee, a.privilege_type FROM tables t, aclexplode(t.relacl) a
  UNION ALL
  SELECT format('table %s column %s', t.name, c.attname), a.grantee, a.privilege_type
  FROM tables t JOIN pg_attribute c ON c.attrelid = t.oid, aclexplode(c.attacl) a
  UNION ALL
  SELECT 'sequence ' || s.name, a.grantee, a.privilege_type
  FROM relations s, aclexplode(s.relacl) a WHERE s.relkind = 'S'
  UNION ALL
  SELECT 'function ' || f.signature, a.grantee, a.privilege_type
  FROM functions f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
  UNION ALL
  SELECT 'schema ' || n.nspname, a.grantee, a.privilege_type
  FROM pg_namespace n, aclexplode(n.nspacl) a
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), facts AS (
  SELECT format('extension %s', extname) AS line FROM pg_extension
  WHERE extname NOT IN ('plpgsql', 'pg_stat_statements')
  UNION ALL
  SELECT format('schema %s', nspname) FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  UNION ALL
  SELECT format('type %s %s', t.oid::regtype, t.typtype) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype IN ('e', 'd', 'r') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT format('table %s kind %s owner %s row security %s', name, relkind, pg_get_userbyid(relowner),
    CASE WHEN NOT relrowsecurity THEN 'off' WHEN relforcerowsecurity THEN 'forced' ELSE 'enabled' END)
  FROM tables
  UNION ALL
  SELECT format('table %s with %s', t.name, array_to_string(c.reloptions, ', '))
  FROM tables t JOIN pg_class c ON c.oid = t.oid WHERE c.reloptions IS NOT NULL
  UNION ALL
  SELECT format('table %s partitioned by %s', name, pg_get_partkeydef(oid)) FROM tables WHERE relkind = 'p'
  UNION ALL
  SELECT format('table %s defined as %s', name, pg_get_viewdef(oid)) FROM tables WHERE relkind IN ('v', 'm')
  UNION ALL
  SELECT format('table %s comment %s', t.name, d.description)
  FROM tables t JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
  UNION ALL
  SELECT format('table %s column %s %s%s%s', t.name, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
    coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''))
  FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  UNION ALL
  SELECT format('table %s constraint %s %s', t.name, c.conname, pg_get_constraintdef(c.oid))
  FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid
  WHERE c.contype IN ('p', 'u', 'f', 'c', 'x') AND c.conparentid = 0
  UNION ALL
  SELECT format('table %s index %s %s%s', t.name, i.relname, pg_get_indexdef(i.oid),
    CASE WHEN x.indisvalid THEN '' ELSE ' INVALID' END)
  FROM tables t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
  WHERE NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid AND c.contype IN ('p', 'u', 'x'))
  UNION ALL
  SELECT format('table %s index %s comment %s', t.name, i.relname, d.description)
  FROM tables t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_description d ON d.objoid = i.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
  UNION ALL
  SELECT format('table %s policy %s %s for %s to %s%s%s', t.name, p.polname,
    CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
    CASE p.polcmd WHEN '*' THEN 'all' WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
      ELSE 'delete' END,
    (SELECT string_agg(coalesce(r.rolname, 'public'), ', ' ORDER BY r.rolname)
      FROM unnest(p.polroles) AS role(id) LEFT JOIN pg_roles r ON r.oid = role.id),
    coalesce(' using ' || pg_get_expr(p.polqual, p.polrelid), ''),
    coalesce(' with check ' || pg_get_expr(p.polwithcheck, p.polrelid), ''))
  FROM tables t JOIN pg_policy p ON p.polrelid = t.oid
  UNION ALL
  SELECT format('table %s trigger %s %s%s', t.name, g.tgname, pg_get_triggerdef(g.oid),
    CASE g.tgenabled WHEN 'O' THEN '' ELSE ' enabled ' || g.tgenabled::text END)
  FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal
  UNION ALL
  SELECT format('function %s returns %s language %s %s%s parallel %s owner %s%s body %s', f.signature,
    pg_get_function_result(f.oid), l.lanname,
    CASE f.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
    CASE WHEN f.prosecdef THEN ' security definer' ELSE '' END, f.proparallel, pg_get_userbyid(f.proowner),
    coalesce(' set ' || array_to_string(f.proconfig, ', '), ''), md5(f.prosrc))
  FROM functions f JOIN pg_language l ON l.oid = f.prolang
  UNION ALL
  SELECT format('%s grant %s to %s', g.object, string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type),
    coalesce(r.rolname, 'public'))
  FROM grants g LEFT JOIN pg_roles r ON r.oid = g.grantee
  WHERE g.grantee = 0 OR r.rolname = ANY ($1::text[])
  GROUP BY g.object, r.rolname
)
SELECT line FROM (SELECT regexp_replace(line, '\\s+', ' ', 'g') FROM facts) AS cleaned(line) ORDER BY line COLLATE "C"`;

/** Grants to others are the operator's own. */
const ROLES = ['throughline_maintenance', 'throughline_application', 'throughline_reader'];

/**
 * Describes a database as text, one fact a line, sorted, without object ids: tables, columns, keys, checks, indexes,
 * policies, grants, functions, triggers. It sees what Prisma's engine does not. Ends with a newline.
 * @param connectionString any role that may connect; nothing is written
 */
export function dumpCatalogue(connectionString: string): Promise<string> {
  return withDirectConnection(connectionString, async (connection) => {
    // With no search path PostgreSQL spells every name out.
    await connection.query(`BEGIN READ ONLY; SET LOCAL search_path = ''`);
    const { rows } = await connection.query<{ line: string }>(CATALOGUE, [ROLES]);
    return rows.map(({ line }) => `${line}\n`).join('');
  });
}
