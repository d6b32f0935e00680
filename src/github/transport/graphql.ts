import type { initGraphQLTada } from 'gql.tada';
import { compose } from '../../domain/core/graphql-document.ts';
import type { Schema } from '../generated/schema.d.ts';

/**
 * Makes a document for GitHub's GraphQL API out of a text and the fragments that it spreads, typed by GitHub's published
 * schema. gql.tada gives the types only: its own code would parse the text.
 */
export const gql = compose as unknown as initGraphQLTada<{
  introspection: Schema;
  disableMasking: true;
  scalars: { BigInt: string | number; DateTime: string; GitObjectID: string; URI: string };
}>;
