import type { GraphQLSchema } from 'graphql';
import { builder } from './core/builder.ts';
import { enforceListSizes } from './core/list-sizes.ts';
import './schema/index.ts';

/** The whole schema. Needs nothing that runs: the database comes with each request's context. */
export function createApiSchema(): GraphQLSchema {
  return enforceListSizes(builder.toSchema());
}
