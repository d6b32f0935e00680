import {
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { tooComplex } from '../core/errors.ts';
import { selectedBy, type Fragments } from './fragments.ts';
import { isIncluded } from './included.ts';

interface Introspection {
  readonly schema: GraphQLSchema;
  readonly fragments: Fragments;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What an answer holds. */
interface Held {
  readonly objects: number;
  readonly values: number;
}

/** Objects of the schema, each with one selection of its fields, that are looked at; the standard query needs 3,300. */
const MAX_STEPS = 6_000;

/** Counts what a field that describes the schema answers. @throws RefusedRequest when a query has too much of it */
type CountIntrospection = (field: GraphQLField<unknown, unknown>, node: FieldNode) => Held;

/**
 * Makes what counts the fields `__schema` and `__type` of one query. They are counted exactly, on the schema, as no page
 * bounds these lists; an object and a selection of its fields are looked at once, however often they meet in the query.
 */
export function createIntrospectionCount({
  schema,
  fragments,
  variables,
}: Introspection): CountIntrospection {
  const counted = new Map<unknown, Map<SelectionSetNode, Held>>();
  const info = { schema } as GraphQLResolveInfo;
  let steps = 0;

  function ofObject(type: GraphQLObjectType, source: unknown, set: SelectionSetNode): Held {
    const bySet = counted.get(source) ?? new Map<SelectionSetNode, Held>();
    counted.set(source, bySet);
    const known = bySet.get(set);
    if (known !== undefined) {
      return known;
    }
    steps += 1;
    if (steps > MAX_STEPS) {
      throw tooComplex({
        measure: 'INTROSPECTION',
        found: `The query describes more than ${MAX_STEPS} objects of the schema`,
        cost: steps,
        limit: MAX_STEPS,
        hint: 'Ask for the types that you need with __type, or send the standard introspection query.',
      });
    }
    const held = { objects: 0, values: 0 };
    for (const selection of set.selections) {
      if (isIncluded(selection, variables)) {
        const { objects, values } =
          selection.kind === Kind.FIELD
            ? ofField(type.getFields()[selection.name.value], source, selection)
            : ofFragment(type, source, selection);
        held.objects += objects;
        held.values += values;
      }
    }
    bySet.set(set, held);
    return held;
  }

  function ofFragment(
    type: GraphQLObjectType,
    source: unknown,
    spread: Exclude<SelectionSetNode['selections'][number], FieldNode>,
  ): Held {
    const set = selectedBy(spread, fragments);
    return set === undefined ? { objects: 0, values: 0 } : ofObject(type, source, set);
  }

  function ofField(
    asked: GraphQLField<unknown, unknown> | undefined,
    source: unknown,
    { selectionSet, arguments: given = [] }: FieldNode,
  ): Held {
    if (asked === undefined) {
      return { objects: 0, values: 1 };
    }
    const type = getNamedType(asked.type);
    const isList = isListType(getNullableType(asked.type));
    if (selectionSet === undefined && !isList) {
      return { objects: 0, values: 1 };
    }
    const args: Record<string, unknown> = { includeDeprecated: true };
    for (const { name, value } of given) {
      if (name.value !== 'includeDeprecated') {
        args[name.value] = valueFromASTUntyped(value, variables);
      }
    }
    const answer = asked.resolve?.(source, args, undefined, info);
    const items: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
    if (selectionSet === undefined || !isObjectType(type)) {
      return { objects: 0, values: items.length };
    }
    let objects = 0;
    let values = 0;
    for (const item of items) {
      if (item !== null && item !== undefined) {
        const held = ofObject(type, item, selectionSet);
        objects += 1 + held.objects;
        values += held.values;
      }
    }
    return { objects, values };
  }

  return (field, node) => ofField(field, undefined, node);
}
