import { toArrayLiteral } from '../core/array-literal.ts';
import { toIdArray, type ReadSession } from './read-source.ts';
import { readRows, readRowsOfKeys } from './table-rows.ts';
import { columnOf, tableName, type Field, type Model, type Row } from '../core/tables.ts';

/** Key of a row that belongs to a team. */
export interface RowKey {
  readonly teamId: bigint;
  readonly id: bigint;
}

export interface TeamKey {
  readonly teamId: bigint;
}

/** Models whose rows are read by key, and their keys. */
interface Keys {
  readonly Team: TeamKey;
  readonly Repository: RowKey;
  readonly Member: RowKey;
  readonly Deployment: RowKey;
  readonly Incident: RowKey;
  readonly SyncRun: RowKey;
  readonly RollupRebuild: RowKey;
}

export type KeyedModel = keyof Keys;

/** The key of a model's row. */
export type KeyOf<M extends KeyedModel> = Keys[M];

type ReadByKey<M extends KeyedModel> = (
  session: ReadSession,
  keys: readonly KeyOf<M>[],
) => Promise<(Row<M> | null)[]>;

/** Reads rows by key with one statement; null where there is none. In the order of `keys`. */
export const ROWS_BY_KEY: { readonly [M in KeyedModel]: ReadByKey<M> } = {
  Team: readTeams,
  Repository: byKey('Repository', 'id', (row) => row),
  Member: byKey('Member', 'id', (row) => row),
  // Deployments have GitHub's id and no other.
  Deployment: byKey('Deployment', 'githubId', ({ teamId, githubId: id }) => ({ teamId, id })),
  Incident: byKey('Incident', 'id', (row) => row),
  SyncRun: byKey('SyncRun', 'id', (row) => row),
  RollupRebuild: byKey('RollupRebuild', 'id', (row) => row),
};

function byKey<M extends Model>(
  model: M,
  id: Field<M>,
  keyOf: (row: Row<M>) => RowKey,
): (session: ReadSession, keys: readonly RowKey[]) => Promise<(Row<M> | null)[]> {
  const from = `FROM unnest($1::text::bigint[], $2::text::bigint[]) AS wanted(team_id, id)
JOIN ${tableName(model)} t ON t.team_id = wanted.team_id AND t.${columnOf(model, id)} = wanted.id`;
  return async (session, keys) => {
    const rows = await readRows(session, model, from, [
      toIdArray(keys.map((key) => key.teamId)),
      toIdArray(keys.map((key) => key.id)),
    ]);
    const text = (key: RowKey) => `${key.teamId}:${key.id}`;
    const found = new Map(rows.map((row) => [text(keyOf(row)), row]));
    return keys.map((key) => found.get(text(key)) ?? null);
  };
}

async function readTeams(
  session: ReadSession,
  keys: readonly TeamKey[],
): Promise<(Row<'Team'> | null)[]> {
  const rows = await readRows(
    session,
    'Team',
    'FROM team t WHERE t.id = ANY ($1::text::bigint[])',
    [toIdArray(keys.map((key) => key.teamId))],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return keys.map((key) => byId.get(key.teamId) ?? null);
}

/** The rebuild that a workflow run belongs to; null when the run has not written it yet. */
export async function findRollupRebuild(
  session: ReadSession,
  run: { readonly teamId: bigint; readonly workflowId: string; readonly workflowRunId: string },
): Promise<RowKey | null> {
  const rows = await session.query<RowKey>(
    `SELECT team_id AS "teamId", id FROM rollup_rebuild
WHERE team_id = $1::text::bigint AND workflow_id = $2 AND workflow_run_id = $3`,
    [String(run.teamId), run.workflowId, run.workflowRunId],
  );
  return rows[0] ?? null;
}

export interface RepositoryNameKey {
  readonly teamId: bigint;
  readonly owner: string;
  readonly name: string;
}

const BY_NAME = `FROM unnest($1::text::bigint[], $2::text::text[], $3::text::text[]) WITH ORDINALITY AS wanted(team_id, owner, name, ordinal)
JOIN repository t ON t.team_id = wanted.team_id AND lower(t.owner) = lower(wanted.owner)
  AND lower(t.name) = lower(wanted.name)
ORDER BY t.id DESC`;

/** Finds repositories by name, ignoring case as GitHub does, with one statement. In the order of `keys`. */
export async function readRepositoriesByName(
  session: ReadSession,
  keys: readonly RepositoryNameKey[],
): Promise<(Row<'Repository'> | null)[]> {
  const values = [
    toIdArray(keys.map((key) => key.teamId)),
    toArrayLiteral(keys.map((key) => key.owner)),
    toArrayLiteral(keys.map((key) => key.name)),
  ];
  const found = await readRowsOfKeys(session, 'Repository', BY_NAME, values, keys.length);
  // When several names differ in case only, the repository that was stored first is returned.
  return found.map((rows) => rows.at(-1) ?? null);
}
