import { lexicographicSortSchema, printSchema } from 'graphql';
import { createApiSchema } from './api-schema.ts';

/** The schema as text, sorted, as `schema.graphql` holds it. */
export function printApiSchema(): string {
  return `${printSchema(lexicographicSortSchema(createApiSchema()))}\n`;
}
