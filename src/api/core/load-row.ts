import { ROWS_BY_KEY, type KeyedModel, type KeyOf } from '../../db/reads/rows-by-key.ts';
import { tableName, type Row } from '../../db/core/tables.ts';
import type { ApiContext } from './context.ts';

/** Loads a row by its key; null when there is none. Loads on one level of a query share a statement. */
export function loadRowOrNull<M extends KeyedModel>(
  context: ApiContext,
  model: M,
  key: KeyOf<M>,
): Promise<Row<M> | null> {
  return context.reads.load(ROWS_BY_KEY[model], key);
}

/**
 * Loads a row that must exist because another row refers to it, or because it was just written.
 * @throws Error with the table and the key when there is none
 */
export async function loadRow<M extends KeyedModel>(
  context: ApiContext,
  model: M,
  key: KeyOf<M>,
): Promise<Row<M>> {
  const row = await loadRowOrNull(context, model, key);
  if (row === null) {
    const values = Object.entries(key).map(([name, value]) => `${name} ${value}`);
    throw new Error(
      `${tableName(model)} has no row with ${values.join(' and ')}, although it must exist`,
    );
  }
  return row;
}

/** Models whose rows are identified by their team and an id. */
type NumberedModel = Exclude<KeyedModel, 'Team'>;

/** A row that refers to another row of its team by the id in one of its fields. */
type Referring<Name extends string, Id> = { readonly teamId: bigint } & Readonly<Record<Name, Id>>;

/** Resolves a relation to the row that a field refers to, which must exist. */
export function relatedRow<M extends NumberedModel, Name extends string>(model: M, field: Name) {
  return (
    _query: unknown,
    row: Referring<Name, bigint>,
    _args: unknown,
    context: ApiContext,
  ): Promise<Row<M>> => loadRow(context, model, { teamId: row.teamId, id: row[field] });
}

/** Resolves a relation to the row that a field refers to; null when the field is null. */
export function relatedRowOrNull<M extends NumberedModel, Name extends string>(
  model: M,
  field: Name,
) {
  return (
    _query: unknown,
    row: Referring<Name, bigint | null>,
    _args: unknown,
    context: ApiContext,
  ): Promise<Row<M> | null> | null => {
    const id = row[field];
    return id === null ? null : loadRowOrNull(context, model, { teamId: row.teamId, id });
  };
}

/** Resolves a relation to the team of a row. */
export function teamOfRow(
  _query: unknown,
  { teamId }: { readonly teamId: bigint },
  _args: unknown,
  context: ApiContext,
): Promise<Row<'Team'>> {
  return loadRow(context, 'Team', { teamId });
}
