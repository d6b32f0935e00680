import type { GraphQLSchema } from 'graphql';
import { builder } from './core/builder.ts';
import './schema/index.ts';

/** The whole schema. Needs nothing that runs: the database comes with each request's context. */
export function createApiSchema(): GraphQLSchema {
  return builder.toSchema();
}
