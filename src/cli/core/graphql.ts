import type { initGraphQLTada } from 'gql.tada';
import { compose } from '../../domain/core/graphql-document.ts';
import type { Schema } from '../generated/schema.d.ts';

/** Makes a document for our own API out of a text and the fragments that it spreads, typed by schema.graphql. */
export const gql = compose as unknown as initGraphQLTada<{
  introspection: Schema;
  disableMasking: true;
  scalars: { BigInt: string; Date: string; DateTime: string };
}>;
