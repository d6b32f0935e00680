import { visibleTeamId, type ApiContext } from './context.ts';
import { formatRowKey, readRowKey } from './global-id.ts';

/** What the nodes of a team have in common: their ids are `team:id`, and only viewers of the team find them. */
export const TEAM_NODE = {
  nullable: true,
  id: { resolve: formatRowKey, description: 'Opaque id.' },
  findUnique: (text: string, context: ApiContext) => {
    const { teamId, id } = readRowKey(text);
    return { teamId_id: { teamId: visibleTeamId(context, teamId), id } };
  },
} as const;
