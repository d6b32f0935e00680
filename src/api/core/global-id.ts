import type { RowKey } from '../../db/reads/rows-by-key.ts';

/** Types that `node` can load. */
const NODE_TYPES: ReadonlySet<string> = new Set([
  'Team',
  'Repository',
  'Member',
  'PullRequest',
  'SyncRun',
  'RollupRebuild',
  'Deployment',
  'Incident',
]);

/** Types that are named by their ids, and shown by their team alone. */
const NAMED_TYPES: ReadonlySet<string> = new Set(['GithubConnection']);

const TEAM_ID = /^\d{1,18}$/;
const ROW_ID = /^(\d{1,18}):(\d{1,18})$/;

/** An id that no row has. What is no id at all is treated as an id that never existed. */
const NEVER_EXISTED = { typename: 'Team', id: '0' };

function decode(text: string): string {
  try {
    return atob(text);
  } catch {
    return '';
  }
}

/** Reads the global id of something that `node` can load, `Type:id` in base64. */
export function readGlobalId(globalId: string): { typename: string; id: string } {
  return readIdOf(globalId, NODE_TYPES);
}

function readIdOf(globalId: string, types: ReadonlySet<string>): { typename: string; id: string } {
  const decoded = decode(globalId);
  const colon = decoded.indexOf(':');
  const typename = decoded.slice(0, Math.max(colon, 0));
  const id = decoded.slice(colon + 1);
  const shape = typename === 'Team' ? TEAM_ID : ROW_ID;
  return types.has(typename) && shape.test(id) ? { typename, id } : NEVER_EXISTED;
}

/** The id of a team, 0 when the text is not the id of one. */
export function readTeamId(globalId: string): bigint {
  const { typename, id } = readGlobalId(globalId);
  return typename === 'Team' ? BigInt(id) : 0n;
}

/** The key of a row of this type, one that no row has when the text is not the id of one. */
export function readRowId(globalId: string, type: string): RowKey {
  const { typename, id } = readIdOf(globalId, NAMED_TYPES.has(type) ? NAMED_TYPES : NODE_TYPES);
  return typename === type && type !== 'Team' ? readRowKey(id) : { teamId: 0n, id: 0n };
}

/** The global id of a team. */
export function formatTeamId(teamId: bigint): string {
  return btoa(`Team:${teamId}`);
}

/** The global id of a row. */
export function formatGlobalId(type: string, key: RowKey): string {
  return btoa(`${type}:${formatRowKey(key)}`);
}

/** `team:id`, as rows of tenants are numbered within a global id. */
export function formatRowKey(key: RowKey): string {
  return `${key.teamId}:${key.id}`;
}

/** Reads what `formatRowKey` wrote. */
export function readRowKey(text: string): RowKey {
  const [, teamId, id] = ROW_ID.exec(text) ?? [];
  return { teamId: BigInt(teamId ?? 0), id: BigInt(id ?? 0) };
}
