import { brandWithType, type SchemaTypes, type OutputType } from '@pothos/core';
import { ROWS_BY_KEY, type KeyedModel, type RowKey } from '../../db/reads/rows-by-key.ts';
import { visibleTeamId, type ApiContext } from './context.ts';
import { readRowKey } from './global-id.ts';
import { loadRowOrNull } from './load-row.ts';

/**
 * Loads what a global id names, as a `Node` that knows its type; null when it does not exist or is not the viewer's. Nodes
 * of one type on one level of a query share a statement, whatever asked for them.
 */
export async function loadNode(
  context: ApiContext,
  { typename, id }: { readonly typename: string; readonly id: string },
): Promise<object | null> {
  if (!isKeyedModel(typename)) {
    return null;
  }
  // A team is named by its own id, everything else by its team and an id.
  const named: RowKey = typename === 'Team' ? { teamId: BigInt(id), id: 0n } : readRowKey(id);
  const key: RowKey = { ...named, teamId: visibleTeamId(context, named.teamId) };
  const row = await loadRowOrNull(context, typename, key);
  if (row !== null) {
    brandWithType(row, typename as OutputType<SchemaTypes>);
  }
  return row;
}

function isKeyedModel(typename: string): typename is KeyedModel {
  return Object.hasOwn(ROWS_BY_KEY, typename);
}
