import { toArrayLiteral, toIdArray } from '../core/array-literal.ts';
import type { ReadSession } from './read-source.ts';
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

/** Reads for many keys with one statement. Answers in the order of `keys`. */
type ReadByKey<Key, Answer> = (session: ReadSession, keys: readonly Key[]) => Promise<Answer[]>;

/** Makes the answer for a key of the rows that were found for it. */
type ToAnswer<Found, Answer> = (rows: readonly Found[]) => Answer;

/** Arrays of the teams and ids of keys: `$1` and `$2` of a statement. */
export function keyArrays(keys: readonly RowKey[]): [string, string] {
  return [toIdArray(keys.map((key) => key.teamId)), toIdArray(keys.map((key) => key.id))];
}

/**
 * Defines a read of what teams have.
 * @param text statement in which `$1` has the ids of the teams; each row has its team as `teamId`
 */
export function readOfTeams<Found extends TeamKey>(text: string): ReadByKey<TeamKey, Found[]> {
  return async (session, keys) => {
    const rows = await session.query<Found>(text, [toIdArray(keys.map((key) => key.teamId))]);
    return keys.map((key) => rows.filter((row) => row.teamId === key.teamId));
  };
}

/**
 * Defines a read of what belongs to rows of a table.
 * @param text statement in which `$1` and `$2` have the keys; each row has its key as `teamId` and `id`
 */
export function readOfRows<Found, Answer>(
  text: string,
  toAnswer: ToAnswer<Found, Answer>,
): ReadByKey<RowKey, Answer> {
  return async (session, keys) => {
    const rowsOf = new Map(keys.map((key) => [toText(key), [] as Found[]]));
    for (const row of await session.query<Found & RowKey>(text, keyArrays(keys))) {
      rowsOf.get(toText(row))?.push(row);
    }
    return keys.map((key) => toAnswer(rowsOf.get(toText(key)) ?? []));
  };
}

function toText({ teamId, id }: RowKey): string {
  return `${teamId}:${id}`;
}

/** Models whose rows are read by key, and their keys. */
interface Keys {
  readonly Team: TeamKey;
  readonly Repository: RowKey;
  readonly Member: RowKey;
  readonly PullRequest: RowKey;
  readonly Deployment: RowKey;
  readonly Incident: RowKey;
  readonly SyncRun: RowKey;
  readonly RollupRebuild: RowKey;
}

export type KeyedModel = keyof Keys;

/** The key of a model's row. */
export type KeyOf<M extends KeyedModel> = Keys[M];

/** Reads rows by key with one statement; null where there is none. In the order of `keys`. */
export const ROWS_BY_KEY: {
  readonly [M in KeyedModel]: ReadByKey<KeyOf<M>, Row<M> | null>;
} = {
  Team: readTeams,
  Repository: byKey('Repository', 'id', (row) => row),
  Member: byKey('Member', 'id', (row) => row),
  PullRequest: byKey('PullRequest', 'id', (row) => row),
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
): ReadByKey<RowKey, Row<M> | null> {
  const from = `FROM unnest($1::text::bigint[], $2::text::bigint[]) AS wanted(team_id, id)
JOIN ${tableName(model)} t ON t.team_id = wanted.team_id AND t.${columnOf(model, id)} = wanted.id`;
  return async (session, keys) => {
    const rows = await readRows(session, model, from, keyArrays(keys));
    const found = new Map(rows.map((row) => [toText(keyOf(row)), row]));
    return keys.map((key) => found.get(toText(key)) ?? null);
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

/** Finds teams by slug with one statement; null where there is none. In the order of `keys`. */
export async function readTeamsBySlug(
  session: ReadSession,
  keys: readonly { readonly slug: string }[],
): Promise<(Row<'Team'> | null)[]> {
  const slugs = toArrayLiteral(keys.map((key) => key.slug));
  const from = 'FROM team t WHERE t.slug = ANY ($1::text::text[])';
  const rows = await readRows(session, 'Team', from, [slugs]);
  const bySlug = new Map(rows.map((row) => [row.slug, row]));
  return keys.map((key) => bySlug.get(key.slug) ?? null);
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
