import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { costOf, UNKNOWN_SIZE, type RawArguments } from '../core/field-cost.ts';
import { OBJECT, VALUE } from './answered-cost.ts';
import { fragmentsOf, responseKey } from './fragments.ts';
import { isIncluded } from './included.ts';
import { createIntrospectionCount } from './introspection-cost.ts';

/** An operation that was validated and lies within the limits of documents. */
export interface Query {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the request has them, not coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly now: Date;
}

export interface Estimate {
  /** Points that it may cost at the most: one for an object, a tenth for a value, and what fields say beside that. */
  readonly points: number;
  /** The lists that its largest part multiplies, outermost first, with their lengths: `pullRequests (100)`. */
  readonly largest: readonly string[];
  /** Names in the answer of what is not counted: what describes the schema, and what is free. */
  readonly uncounted: ReadonlySet<string>;
}

/** The schema is answered from memory: a quarter of what rows cost. */
const INTROSPECTION_DISCOUNT = 4;

interface Lists {
  readonly list: string;
  readonly below: Lists | null;
}

/** What a selection costs, in tenths of a point: in all, and for each item of the page when it is one of a connection. */
interface Cost {
  readonly once: number;
  readonly perItem: number;
  readonly largest: Lists | null;
}

const NOTHING: Cost = { once: 0, perItem: 0, largest: null };

/**
 * Counts what an operation may answer at the most, by the sizes of its pages, before anything of it runs. Each fragment
 * is counted once, however often it is spread.
 * @throws RefusedRequest when a field takes no such arguments
 */
export function estimateCost(query: Query): Estimate {
  const { schema, document, operation } = query;
  const variables = withDefaults(query);
  const fragments = fragmentsOf(document);
  const countIntrospection = createIntrospectionCount({ schema, fragments, variables });
  const counted = new Map<string, Cost>();
  const uncounted = new Set<string>();

  function ofSelections(type: GraphQLNamedType | undefined, set: SelectionSetNode): Cost {
    return sum(
      set.selections
        .filter((selection) => isIncluded(selection, variables))
        .map((selection) => ofSelection(type, selection)),
    );
  }

  function ofSelection(type: GraphQLNamedType | undefined, selection: SelectionNode): Cost {
    switch (selection.kind) {
      case Kind.FIELD:
        return ofField(type, selection);
      case Kind.INLINE_FRAGMENT: {
        const { typeCondition, selectionSet } = selection;
        return ofSelections(
          typeCondition === undefined ? type : schema.getType(typeCondition.name.value),
          selectionSet,
        );
      }
      case Kind.FRAGMENT_SPREAD:
        return ofFragment(selection.name.value);
    }
  }

  function ofFragment(name: string): Cost {
    const known = counted.get(name);
    const fragment = fragments.get(name);
    if (known !== undefined || fragment === undefined) {
      return known ?? NOTHING;
    }
    const type = schema.getType(fragment.typeCondition.name.value);
    const cost = ofSelections(type, fragment.selectionSet);
    counted.set(name, cost);
    return cost;
  }

  function ofField(parent: GraphQLNamedType | undefined, node: FieldNode): Cost {
    const field = findField(schema, parent, node.name.value);
    if (field === undefined) {
      return { ...NOTHING, once: VALUE };
    }
    if (field === SchemaMetaFieldDef || field === TypeMetaFieldDef) {
      uncounted.add(responseKey(node));
      const { objects, values } = countIntrospection(field, node);
      return { ...NOTHING, once: (objects * OBJECT + values * VALUE) / INTROSPECTION_DISCOUNT };
    }
    const cost = costOf(field);
    if (cost.isFree === true) {
      uncounted.add(responseKey(node));
      return NOTHING;
    }
    const points = (cost.points ?? 0) * OBJECT;
    const below =
      node.selectionSet === undefined
        ? null
        : ofSelections(getNamedType(field.type), node.selectionSet);
    const each = below === null ? VALUE : OBJECT + below.once;
    if (cost.isOfPage === true) {
      return { once: points, perItem: each, largest: below?.largest ?? null };
    }
    const isList = isListType(getNullableType(field.type));
    const { size = isList ? UNKNOWN_SIZE : 1 } = cost;
    const items =
      typeof size === 'number' ? size : size(argumentsOf(field, node, variables), query.now);
    return {
      once: points + (isList ? items * each : each + items * (below?.perItem ?? 0)),
      perItem: 0,
      largest:
        below === null || (!isList && cost.size === undefined)
          ? (below?.largest ?? null)
          : { list: `${node.name.value} (${items})`, below: below.largest },
    };
  }

  const total = ofSelections(
    schema.getRootType(operation.operation) ?? undefined,
    operation.selectionSet,
  );
  return {
    points: Math.ceil(Math.min(total.once, Number.MAX_SAFE_INTEGER) / OBJECT),
    largest: toNames(total.largest),
    uncounted,
  };
}

function sum(costs: readonly Cost[]): Cost {
  let once = 0;
  let perItem = 0;
  let largest: Cost = NOTHING;
  for (const cost of costs) {
    once += cost.once;
    perItem += cost.perItem;
    if (cost.once + cost.perItem > largest.once + largest.perItem) {
      largest = cost;
    }
  }
  return { once, perItem, largest: largest.largest };
}

/** More lists than these say no more about what to lower. */
const MAX_LISTS = 6;

function toNames(lists: Lists | null): string[] {
  const names: string[] = [];
  for (let at = lists; at !== null && names.length < MAX_LISTS; at = at.below) {
    names.push(at.list);
  }
  return names;
}

function findField(
  schema: GraphQLSchema,
  parent: GraphQLNamedType | undefined,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  if (parent !== undefined && parent === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) {
      return SchemaMetaFieldDef;
    }
    if (name === TypeMetaFieldDef.name) {
      return TypeMetaFieldDef;
    }
  }
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
}

/** The variables of the request, and the defaults of those that it leaves out. */
function withDefaults({ operation, variables }: Query): Readonly<Record<string, unknown>> {
  const all: Record<string, unknown> = { ...variables };
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    if (all[name] === undefined && defaultValue !== undefined) {
      all[name] = valueFromASTUntyped(defaultValue);
    }
  }
  return all;
}

/** An argument whose variable is absent has the default of the schema, as when it is absent itself. */
function argumentsOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Readonly<Record<string, unknown>>,
): RawArguments {
  const given = new Map(node.arguments?.map(({ name, value }) => [name.value, value]));
  return Object.fromEntries(
    field.args.map(({ name, defaultValue }) => {
      const value = given.get(name);
      const raw = value === undefined ? undefined : valueFromASTUntyped(value, variables);
      return [name, raw === undefined ? defaultValue : raw];
    }),
  );
}
