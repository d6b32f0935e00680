import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import type { TeamSchedule } from '../../contracts/launcher.ts';
import type PrismaTypes from '../../db/generated/pothos.ts';
import { getDatamodel } from '../../db/generated/pothos.ts';
import type { ConnectionRow } from '../../db/reads/github-connections.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { CalendarDate } from '../../domain/rollups/week.ts';
import type { ApiContext } from './context.ts';
import { unauthenticated } from './errors.ts';
import { readGlobalId } from './global-id.ts';

/** Ids that one request may ask `nodes` for. */
const MAX_NODES = 100;

interface SchemaTypes {
  Context: ApiContext;
  PrismaTypes: PrismaTypes;
  /** Types without a model that other entities add fields to, or answer with. */
  Objects: { GithubConnection: ConnectionRow; Schedule: TeamSchedule };
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  AuthScopes: { viewer: boolean };
  Scalars: {
    DateTime: { Input: Date; Output: Date };
    Date: { Input: CalendarDate; Output: CalendarDate };
    BigInt: { Input: bigint; Output: bigint };
  };
}

/** The one schema builder. Entities register with it when they are imported; `schema/index.ts` imports them all. */
export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ScopeAuthPlugin, ErrorsPlugin, RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: (context) => ({ viewer: context.viewer !== null }),
    unauthorizedError: () => unauthenticated(),
  },
  prisma: {
    client: (context) => context.reads.db,
    dmmf: getDatamodel(),
    exposeDescriptions: false,
    filterConnectionTotalCount: true,
    onUnusedQuery: null,
  },
  relay: {
    cursorType: 'String',
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: 'Rows of this page with their cursors.',
    },
    nodeFieldOptions: { nullable: false, description: 'The row.' },
    cursorFieldOptions: {
      description: 'Where the row stands in the list: pass it as `after` to go on behind it.',
    },
    nodesOnConnection: { description: 'Rows of this page.' },
    pageInfoFieldOptions: { description: 'Whether there is more, and where.' },
    pageInfoTypeOptions: { description: 'Where a page stands in its list.' },
    hasNextPageFieldOptions: { description: 'True when rows follow this page.' },
    hasPreviousPageFieldOptions: { description: 'True when the page was asked for with `after`.' },
    startCursorFieldOptions: { description: 'Cursor of the first row of this page.' },
    endCursorFieldOptions: {
      description: 'Cursor of the last row of this page: pass it as `after`.',
    },
    nodeTypeOptions: { description: 'Anything that has an id of its own.' },
    idFieldOptions: { description: 'Opaque id, unique over all types.' },
    decodeGlobalID: readGlobalId,
    nodeQueryOptions: {
      authScopes: { viewer: true },
      description: 'The object with this id; null when there is none, or when it is not yours.',
      args: { id: { description: 'Id of any object.' } },
    },
    nodesQueryOptions: {
      authScopes: { viewer: true },
      description:
        'The objects with these ids, in their order; null where there is none, or where it is not yours.',
      args: { ids: { description: `Ids of any objects, ${MAX_NODES} at the most.` } },
      resolve: (_root, { ids }, _context, _info, resolveNodes) => {
        if (ids.length > MAX_NODES) {
          throw new DomainError('INVALID_INPUT', `Ask for ${MAX_NODES} ids at a time at the most.`);
        }
        return resolveNodes(ids);
      },
    },
  },
});

/** The types that the builder has made of `SchemaTypes`. */
export type BuilderTypes = (typeof builder)['$inferSchemaTypes'];

builder.queryType({ description: 'What can be read.' });
builder.mutationType({ description: 'What can be changed or started.' });
builder.subscriptionType({ description: 'What can be followed, over server-sent events.' });
