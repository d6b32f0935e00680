import {
  defaultFieldResolver,
  getNullableType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import { DomainError } from '../../domain/core/errors.ts';
import type { ApiContext } from './context.ts';
import { costOf, type ListSize, type RawArguments } from './field-cost.ts';

/**
 * Holds each list to the length that its field declares: a query was let in by the cost of that. A longer list fails with
 * LIMIT_EXCEEDED instead of being answered. Connections hold their pages themselves.
 */
export function enforceListSizes(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type)) {
      Object.values(type.getFields()).forEach(enforce);
    }
  }
  return schema;
}

function enforce(field: GraphQLField<unknown, unknown>): void {
  const { size } = costOf(field);
  if (size === undefined || !isListType(getNullableType(field.type))) {
    return;
  }
  const { resolve = defaultFieldResolver } = field;
  field.resolve = (source, args: RawArguments, context, info) => {
    const check = (list: unknown): unknown => checkLength(field.name, list, size, args, context);
    const answer: unknown = resolve(source, args, context, info);
    return answer instanceof Promise ? answer.then(check) : check(answer);
  };
}

function checkLength(
  name: string,
  list: unknown,
  size: ListSize,
  args: RawArguments,
  context: unknown,
): unknown {
  if (!Array.isArray(list)) {
    return list;
  }
  const limit =
    typeof size === 'number' ? size : size(args, (context as ApiContext).services.now());
  if (list.length > limit) {
    throw new DomainError(
      'LIMIT_EXCEEDED',
      `${name} has more than the ${limit} items that are answered at the most: tell your operator.`,
    );
  }
  return list;
}
