import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import type { TeamSchedule } from '../../contracts/launcher.ts';
import type PrismaTypes from '../../db/generated/pothos.ts';
import { getDatamodel } from '../../db/generated/pothos.ts';
import type { ConnectionRow } from '../../db/reads/github-connections.ts';
import type { Model, Row } from '../../db/core/tables.ts';
import type { CalendarDate } from '../../domain/rollups/week.ts';
import type { ApiContext } from './context.ts';
import { invalidInput, tooComplex, unauthenticated } from './errors.ts';
import { costs, type RawArguments } from './field-cost.ts';
import { readGlobalId } from './global-id.ts';
import { loadNode } from './load-node.ts';

/** Maximum number of ids in one call of `nodes`. */
const MAX_NODES = 100;

/** @throws RefusedRequest when there are too many, before one of them is read */
function countIds({ ids }: RawArguments): number {
  const count = Array.isArray(ids) ? ids.length : 1;
  if (count > MAX_NODES) {
    throw tooComplex({
      measure: 'IDS',
      found: `The query asks for ${count} nodes by their ids at once`,
      cost: count,
      limit: MAX_NODES,
      hint: `Ask for ${MAX_NODES} ids at a time at the most.`,
    });
  }
  return count;
}

/** A relation whose shape are rows as reads return them. */
type Related<Relation> = Relation extends { Name: infer Name extends Model; Shape: infer Shape }
  ? Omit<Relation, 'Shape'> & {
      Shape: Shape extends readonly unknown[] ? Row<Name>[] : Row<Name> | Extract<Shape, null>;
    }
  : never;

/** Prisma's models with rows as reads return them: exposing a column that they do not contain fails the type check. */
type ReadTypes = {
  [M in Model]: Omit<PrismaTypes[M], 'Shape' | 'Relations'> & {
    Shape: Row<M>;
    Relations: {
      [Name in keyof PrismaTypes[M]['Relations']]: Related<PrismaTypes[M]['Relations'][Name]>;
    };
  };
};

interface SchemaTypes {
  Context: ApiContext;
  PrismaTypes: ReadTypes;
  /** Types without a model that other entities add fields to or return. */
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

/** The tables as `prisma/schema.prisma` describes them. */
export const DATA_MODEL = getDatamodel();

/** The schema builder. Entities register with it when they are imported; `schema/index.ts` imports all of them. */
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
    dmmf: DATA_MODEL,
    exposeDescriptions: false,
    filterConnectionTotalCount: true,
    onUnusedQuery: null,
  },
  relay: {
    cursorType: 'String',
    edgesFieldOptions: {
      ...costs({ isOfPage: true }),
      nullable: { list: false, items: false },
      description: 'Items of this page with their cursors.',
    },
    nodeFieldOptions: { nullable: false, description: 'The item.' },
    cursorFieldOptions: {
      description: 'Position in the list: pass it as `after` to continue after this item.',
    },
    nodesOnConnection: { ...costs({ isOfPage: true }), description: 'Items of this page.' },
    pageInfoFieldOptions: { description: 'Whether there are more pages, and their cursors.' },
    pageInfoTypeOptions: { description: 'Position of a page in its list.' },
    hasNextPageFieldOptions: { description: 'Whether there are items after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether the page was requested with `after`.' },
    startCursorFieldOptions: { description: 'Cursor of the first item of this page.' },
    endCursorFieldOptions: {
      description: 'Cursor of the last item of this page: pass it as `after` for the next page.',
    },
    nodeTypeOptions: { description: 'An object with a global id.' },
    idFieldOptions: { description: 'Opaque id, unique across all types.' },
    decodeGlobalID: readGlobalId,
    nodeQueryOptions: {
      authScopes: { viewer: true },
      description: 'The object with this id; null when it does not exist or is not visible to you.',
      args: { id: { description: 'Id of an object of any type.' } },
      resolve: (_root, { id }, context) => loadNode(context, id),
    },
    nodesQueryOptions: {
      ...costs({ size: countIds }),
      authScopes: { viewer: true },
      description:
        'The objects with these ids, in the same order; null for each one that does not exist or is not visible to you.',
      args: { ids: { description: `Ids of objects of any type, at most ${MAX_NODES}.` } },
      resolve: (_root, { ids }, context) => {
        if (ids.length > MAX_NODES) {
          throw invalidInput(`Ask for ${MAX_NODES} ids at a time at the most.`);
        }
        return ids.map((id) => loadNode(context, id));
      },
    },
  },
});

/** The types that the builder derives from `SchemaTypes`. */
export type BuilderTypes = (typeof builder)['$inferSchemaTypes'];

builder.queryType({ description: 'What can be read.' });
builder.mutationType({ description: 'What can be changed or started.' });
builder.subscriptionType({ description: 'What can be followed, over server-sent events.' });
