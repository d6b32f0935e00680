import type { GraphQLFieldResolver, GraphQLTypeResolver } from 'graphql';
import { isNonNullType } from 'graphql';
import type { Instant } from '../../core/github-data.ts';
import type { Caller } from '../callers.ts';
import type { GitHubWorld } from '../world.ts';

/** What the fields of one request see. */
export interface GraphQLScope {
  readonly world: GitHubWorld;
  /** The moment that is served. */
  readonly at: Instant;
  readonly rateLimit: RateLimitNode;
  readonly caller: Caller;
  /** Called for each page of pull requests of a repository (`owner/name`). */
  readonly onPullRequestPage: (repository: string) => void;
  /** Called for each commit that is asked for by its name. */
  readonly onCommit: () => void;
}

export interface RateLimitNode {
  readonly cost: number;
  readonly nodeCount: number;
  readonly limit: number;
  readonly remaining: number;
  readonly used: number;
  readonly resetAt: Instant;
}

/** Arguments as graphql-js has checked and coerced them. */
export type FieldArguments = Readonly<Record<string, unknown>>;

/** How the fields of one type are worked out. Fields that are not here are read from the node itself. */
export type Fields<Node> = Readonly<
  Record<string, (node: Node, args: FieldArguments, scope: GraphQLScope) => unknown>
>;

/** By name of the type. */
export type FieldTable = Readonly<Record<string, Fields<never>>>;

/**
 * Resolves by the table, then by the node's own property. A field that neither knows is null where GitHub's schema
 * allows it and an error that names it where not: made-up values would hide a mistake of the client.
 */
export function createFieldResolver(
  table: FieldTable,
): GraphQLFieldResolver<unknown, GraphQLScope> {
  return (node, args: FieldArguments, scope, info) => {
    const fields = table[info.parentType.name];
    if (fields !== undefined && Object.hasOwn(fields, info.fieldName)) {
      return fields[info.fieldName]?.(node as never, args, scope);
    }
    const value = ownValue(node, info.fieldName);
    if (value === undefined && isNonNullType(info.returnType)) {
      throw new Error(
        `The fake GitHub does not know ${info.parentType.name}.${info.fieldName}; leave that field out.`,
      );
    }
    return value ?? null;
  };
}

/** Nodes of unions and interfaces say their type themselves. */
export const resolveNodeType: GraphQLTypeResolver<unknown, GraphQLScope> = (node) => {
  const name = ownValue(node, '__typename');
  return typeof name === 'string' ? name : undefined;
};

function ownValue(node: unknown, name: string): unknown {
  if (typeof node !== 'object' || node === null || !Object.hasOwn(node, name)) {
    return undefined;
  }
  return (node as Readonly<Record<string, unknown>>)[name];
}
