import { keyColumns, type Column, type TableDescriptor } from './table-descriptor.ts';

/** What a bulk statement answers: one row of counts, and one row for each combination of the `returning` columns. */
export interface BulkStatementRow {
  readonly kind: 'counts' | 'changed';
  /** Rows that the server got, and those of them that no later row of the same key replaces. */
  readonly arrived: number;
  readonly incoming: number;
  readonly inserted: number;
  readonly updated: number;
  /** References that name no row, as `column=value`; nothing was written then. */
  readonly missing: readonly string[] | null;
  readonly returned: Readonly<Record<string, string>> | null;
}

/** The temporary table of the COPY write path; it lasts until the end of the transaction. */
const STAGE = 'throughline_stage';

/** Members of a week in one write above which the whole week is marked dirty. */
export const MAX_MARKED_MEMBERS_PER_WEEK = 50;

/** An error names at most so many references that lead nowhere. */
const MISSING_SHOWN = 5;

const list = (names: readonly string[], prefix = ''): string =>
  names.map((name) => `${prefix}"${name}"`).join(', ');

/** How a column travels: arrays and decimal numbers as text, everything else as what it is. */
export function wireType(column: Pick<Column<never>, 'type'>): string {
  return column.type === 'text[]' || column.type === 'numeric' ? 'text' : column.type;
}

function fromWire(column: Pick<Column<never>, 'name' | 'type'>): string {
  return wireType(column) === column.type
    ? `"${column.name}"`
    : `"${column.name}"::${column.type} AS "${column.name}"`;
}

/**
 * Columns of which a chunk knows the least and the greatest value, so that rows and partitions outside are not looked
 * at: what the table is partitioned by, and the number that its keys begin with.
 */
export function rangeColumns<Row>(descriptor: TableDescriptor<Row>): readonly Column<Row>[] {
  const { columns, key, partitionedBy } = descriptor;
  return columns.filter(
    ({ name, type }) =>
      name === partitionedBy || (name === key[0] && (type === 'bigint' || type === 'integer')),
  );
}

/** Columns of rows that come as one array a column: `$2`, `$3`, … in the order of the columns. */
function columnsOfArrays<Row>({ columns }: TableDescriptor<Row>): string {
  const wire = columns.map((column, index) => `$${index + 2}::text::${wireType(column)}[]`);
  const names = list(columns.map((column) => column.name));
  return `${columns.map(fromWire).join(', ')} FROM unnest(${wire.join(', ')}) AS u(${names})`;
}

/** Rows come as one array a column, see `columnsOfArrays`; `$1` is the team. */
export function unnestStatement<Row>(descriptor: TableDescriptor<Row>): string {
  return upsertStatement(descriptor, `SELECT ${columnsOfArrays(descriptor)}`, {
    materialise: 'MATERIALIZED',
    arrived: 'incoming',
    nextParameter: descriptor.columns.length + 2,
  });
}

/** Inserts the same arrays without looking for stored rows first: one that is there all the same is updated. */
export function insertStatement<Row>(descriptor: TableDescriptor<Row>): string {
  const names = list(descriptor.columns.map((column) => column.name));
  return `INSERT INTO "${descriptor.table}" AS target ("team_id", ${names})
SELECT $1::bigint, ${columnsOfArrays(descriptor)}
${onConflict(descriptor)}`;
}

/** Rows lie in the stage; `$1` is the team. When they are not in key order, the last one of each key counts. */
export function stagedStatement<Row>(
  descriptor: TableDescriptor<Row>,
  inKeyOrder: boolean,
): string {
  const columns = descriptor.columns.map(fromWire).join(', ');
  const key = list(descriptor.key);
  return inKeyOrder
    ? upsertStatement(descriptor, `SELECT ${columns} FROM ${STAGE}`, {
        materialise: 'NOT MATERIALIZED',
        arrived: STAGE,
        nextParameter: 2,
      })
    : upsertStatement(
        descriptor,
        `SELECT DISTINCT ON (${key}) ${columns} FROM ${STAGE} ORDER BY ${key}, ctid DESC`,
        { materialise: 'MATERIALIZED', arrived: STAGE, nextParameter: 2 },
      );
}

export function copyStatement<Row>(descriptor: TableDescriptor<Row>): string {
  return `COPY ${STAGE} (${list(descriptor.columns.map(({ name }) => name))}) FROM STDIN (FORMAT binary)`;
}

/**
 * Makes the stage and, in the same statement, tells row-level security whose rows these are.
 * @param settings run-time parameters for the transaction; names and values are ours, never from outside
 * @param isWide whether a row may be too long for a page: such rows need a TOAST table, which costs twice as much
 * write-ahead log as the stage itself
 */
export function openStageStatement<Row>(
  descriptor: TableDescriptor<Row>,
  settings: Readonly<Record<string, string>>,
  isWide: boolean,
): string {
  const columns = descriptor.columns.map((column) => {
    const type = wireType(column);
    const storage = type === 'text' && !isWide ? ' STORAGE PLAIN' : '';
    return `"${column.name}" ${type}${storage}`;
  });
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config('${name}', '${value}', true)`,
  );
  return `DO $$ BEGIN
PERFORM ${calls.join(', ')};
CREATE TEMPORARY TABLE ${STAGE} (${columns.join(', ')}) ON COMMIT DROP;
END $$`;
}

/** A row that was written without being looked for, as `insertReturningStatement` answers. */
export interface InsertedRow {
  readonly isNew: boolean;
  readonly returned: Readonly<Record<string, string>>;
}

/** As `insertStatement`, and answers each row that was written with its `returning` columns as text. */
export function insertReturningStatement<Row>(descriptor: TableDescriptor<Row>): string {
  const returned = descriptor.returning.map((name) => `'${name}', target."${name}"::text`);
  return `${insertStatement(descriptor)}
RETURNING old."team_id" IS NULL AS "isNew", jsonb_build_object(${returned.join(', ')}) AS returned`;
}

/** What a stored row's column is after an incoming row. */
function newValue<Row>(column: Column<Row>, incoming: string, stored: string): string {
  const [given, kept] = [`${incoming}."${column.name}"`, `${stored}."${column.name}"`];
  if (column.unlessSet !== undefined) {
    return `CASE WHEN ${stored}."${column.unlessSet}" IS NULL THEN ${given} ELSE ${kept} END`;
  }
  return column.compare === 'and' ? `${kept} AND ${given}` : given;
}

/** When an incoming row is a change of a stored one. */
function isChange<Row>(
  { columns, key, newest }: TableDescriptor<Row>,
  incoming: string,
  stored: string,
): string {
  const compared = columns.filter(
    (column) => !key.includes(column.name) && column.compare !== 'skip',
  );
  if (compared.length === 0) {
    return 'false';
  }
  const row = compared.map((column) => newValue(column, incoming, stored));
  const storedRow = list(
    compared.map((column) => column.name),
    `${stored}.`,
  );
  const differs = `ROW(${row.join(', ')}) IS DISTINCT FROM ROW(${storedRow})`;
  return newest === undefined
    ? differs
    : `${differs} AND ${incoming}."${newest}" >= ${stored}."${newest}"`;
}

function onConflict<Row>(descriptor: TableDescriptor<Row>): string {
  const values = descriptor.columns.filter((column) => !descriptor.key.includes(column.name));
  const target = `ON CONFLICT ("team_id", ${list(descriptor.key)})`;
  if (values.every((column) => column.compare === 'skip')) {
    return `${target} DO NOTHING`;
  }
  const assign = values.map(
    (column) => `"${column.name}" = ${newValue(column, 'EXCLUDED', 'target')}`,
  );
  return `${target} DO UPDATE SET ${assign.join(', ')} WHERE ${isChange(descriptor, 'EXCLUDED', 'target')}`;
}

/** One query for all references, so that a chunk with an unknown one writes nothing. */
function missingReferences<Row>({ references = [] }: TableDescriptor<Row>): string {
  const queries = references.map(
    ({ column, table }) => `(SELECT '${column}=' || named."${column}" AS reference
    FROM (SELECT DISTINCT "${column}" FROM incoming WHERE "${column}" IS NOT NULL) AS named
    WHERE NOT EXISTS (SELECT 1 FROM "${table}" AS there
      WHERE there."team_id" = $1::bigint AND there."id" = named."${column}")
    ORDER BY named."${column}" LIMIT ${MISSING_SHOWN})`,
  );
  return queries.length === 0
    ? `SELECT NULL::text AS reference WHERE false`
    : queries.join('\n  UNION ALL ');
}

/** Appends a dirty mark for each member week that changed, or one for the whole week where many of it changed. */
function insertDirtyMarks<Row>({ dirtyWeekColumns }: TableDescriptor<Row>): string {
  if (dirtyWeekColumns === undefined) {
    return '';
  }
  return `, dirty_marks AS (
  INSERT INTO rollup_dirty (team_id, week_start, member_id, generation)
  SELECT DISTINCT $1::bigint, member_week.week, CASE WHEN member_week.members <= ${MAX_MARKED_MEMBERS_PER_WEEK} THEN member_week.member_id END, member_week.generation
  FROM (
    SELECT touched.member_id, touched.week, touched.generation, count(*) OVER (PARTITION BY touched.week) AS members
    FROM (
      SELECT DISTINCT c."${dirtyWeekColumns.member}" AS member_id, d.week, d.generation
      FROM changed c JOIN (
        SELECT days.day, t.rollup_generation AS generation,
          throughline_week_start(days.day::timestamp AT TIME ZONE 'UTC', 'UTC', t.week_start) AS week
        FROM (SELECT DISTINCT "${dirtyWeekColumns.date}" AS day FROM changed) AS days JOIN team t ON t.id = $1::bigint
      ) AS d ON d.day = c."${dirtyWeekColumns.date}"
    ) AS touched
  ) AS member_week
)`;
}

interface Source {
  /** A source that is read more than once is better made once, unless it is a table as it stands. */
  readonly materialise: 'MATERIALIZED' | 'NOT MATERIALIZED';
  /** The table of all rows that arrived. */
  readonly arrived: string;
  readonly nextParameter: number;
}

/**
 * The anti-join comes first, so that an unchanged row costs no write; ON CONFLICT guards against a concurrent insert,
 * and only its old row says whether there was one. The text depends on the descriptor alone.
 */
function upsertStatement<Row>(
  descriptor: TableDescriptor<Row>,
  source: string,
  { materialise, arrived, nextParameter }: Source,
): string {
  const { table, columns, key, dirtyWeekColumns, returning } = descriptor;
  const names = columns.map((column) => column.name);
  const order = keyColumns(descriptor).map((column) =>
    column.type === 'text' ? `t."${column.name}" COLLATE "C"` : `t."${column.name}"`,
  );
  const match = key.map((name) => `stored."${name}" = t."${name}"`);
  rangeColumns(descriptor).forEach(({ name, type }, index) => {
    const first = nextParameter + 2 * index;
    match.push(`stored."${name}" BETWEEN $${first}::${type} AND $${first + 1}::${type}`);
  });
  const kept = [
    ...new Set([
      ...returning,
      ...(dirtyWeekColumns === undefined ? [] : [dirtyWeekColumns.member, dirtyWeekColumns.date]),
    ]),
  ];
  const returned = returning.map((name) => `'${name}', "${name}"::text`).join(', ');
  const changedRows =
    returning.length === 0
      ? ''
      : `
UNION ALL
SELECT 'changed', 0, 0, 0, 0, NULL, jsonb_build_object(${returned})
FROM (SELECT DISTINCT ${list(returning)} FROM changed) AS c`;
  return `WITH incoming AS ${materialise} (
  ${source}
), missing AS MATERIALIZED (
  ${missingReferences(descriptor)}
), changed AS (
  INSERT INTO "${table}" AS target ("team_id", ${list(names)})
  SELECT $1::bigint, ${list(names, 't.')}
  FROM incoming t
  LEFT JOIN "${table}" AS stored ON stored."team_id" = $1::bigint AND ${match.join(' AND ')}
  WHERE (stored."team_id" IS NULL OR (${isChange(descriptor, 't', 'stored')}))
    AND NOT EXISTS (SELECT 1 FROM missing)
  ORDER BY ${order.join(', ')}
  ${onConflict(descriptor)}
  RETURNING ${[...kept.map((name) => `target."${name}"`), 'old."team_id" IS NULL AS is_new'].join(', ')}
)${insertDirtyMarks(descriptor)}
SELECT 'counts' AS kind, (SELECT count(*) FROM ${arrived})::integer AS arrived,
  (SELECT count(*) FROM incoming)::integer AS incoming,
  (count(*) FILTER (WHERE is_new))::integer AS inserted, (count(*) FILTER (WHERE NOT is_new))::integer AS updated,
  (SELECT array_agg(reference) FROM missing) AS missing, NULL::jsonb AS returned
FROM changed${changedRows}`;
}
