import {
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
} from 'graphql';
import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLCompositeType,
  GraphQLField,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from 'graphql';
import { GitHubRefusal } from '../refusal.ts';

export interface QueryCost {
  /** Points, at least 1. */
  readonly cost: number;
  /** The most nodes that the query could bring. */
  readonly nodeCount: number;
  /** Why GitHub would not run it; empty when it would. */
  readonly refusals: readonly GitHubRefusal[];
}

export interface QueryToMeasure {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface SelectedField {
  readonly definition: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  readonly selections: SelectionSetNode[];
}

const MAX_PAGE = 100;
const MAX_NODES = 500_000;
const REQUESTS_PER_POINT = 100;

/**
 * Measures a valid query as GitHub's documentation says: each connection asks once for each parent that there can be,
 * a hundred of those make a point, and the possible nodes are the product of the page sizes along the way.
 */
export function measureQuery(query: QueryToMeasure): QueryCost {
  let requests = 0;
  let nodeCount = 0;
  const refusals: GitHubRefusal[] = [];

  function walk(
    parent: GraphQLCompositeType,
    selectionSets: readonly SelectionSetNode[],
    times: number,
  ): void {
    for (const field of selectedFields(query, parent, selectionSets)) {
      const type = getNamedType(field.definition.type);
      let below = times;
      if (type.name.endsWith('Connection')) {
        const size = pageSize(query, field, refusals);
        requests += times;
        nodeCount += times * size;
        below = times * size;
      } else if (isListType(getNullableType(field.definition.type))) {
        below = times * listedIds(query, field, refusals);
      }
      if (isCompositeType(type)) {
        walk(type, field.selections, below);
      }
    }
  }

  const root = query.schema.getRootType(query.operation.operation);
  if (root != null) {
    walk(root, [query.operation.selectionSet], 1);
  }
  if (nodeCount > MAX_NODES) {
    const asked = nodeCount.toLocaleString('en-US');
    refusals.push(
      new GitHubRefusal(
        'MAX_NODE_LIMIT_EXCEEDED',
        `This query requests up to ${asked} possible nodes which exceeds the maximum limit of 500,000.`,
      ),
    );
  }
  return { cost: Math.max(1, Math.round(requests / REQUESTS_PER_POINT)), nodeCount, refusals };
}

function pageSize(query: QueryToMeasure, field: SelectedField, refusals: GitHubRefusal[]): number {
  const { first, last } = getArgumentValues(field.definition, field.node, query.variables);
  const name = field.definition.name;
  const refuse = (type: string, message: string): void => {
    refusals.push(new GitHubRefusal(type, message, [field.node]));
  };
  if (first == null && last == null) {
    if (asksForRows(field)) {
      refuse(
        'MISSING_PAGINATION_BOUNDARIES',
        `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
      );
    }
    return 0;
  }
  if (first != null && last != null) {
    refuse(
      'ARGUMENT_LIMIT',
      `Passing both \`first\` and \`last\` to paginate the \`${name}\` connection is not supported.`,
    );
  }
  const argument = first == null ? 'last' : 'first';
  const size = Number(first ?? last);
  if (size > MAX_PAGE) {
    refuse(
      'EXCESSIVE_PAGINATION',
      `Requesting ${size} records on the \`${name}\` connection exceeds the \`${argument}\` limit of 100 records.`,
    );
  } else if (size < 1) {
    refuse(
      'ARGUMENT_LIMIT',
      `\`${argument}\` on the \`${name}\` connection must be from 1 to 100.`,
    );
  }
  return Math.max(0, size);
}

/** GitHub lets counts such as `{ totalCount }` pass without a page size. */
function asksForRows(field: SelectedField): boolean {
  return field.selections.some((set) =>
    set.selections.some(
      (selection) =>
        selection.kind !== Kind.FIELD ||
        ['nodes', 'edges', 'pageInfo'].includes(selection.name.value),
    ),
  );
}

function listedIds(query: QueryToMeasure, field: SelectedField, refusals: GitHubRefusal[]): number {
  const { ids } = getArgumentValues(field.definition, field.node, query.variables);
  if (!Array.isArray(ids)) {
    return 1;
  }
  if (ids.length > MAX_PAGE) {
    refusals.push(
      new GitHubRefusal(
        'ARGUMENT_LIMIT',
        `You may not provide more than 100 node ids; you provided ${ids.length}.`,
        [field.node],
      ),
    );
  }
  return ids.length;
}

/** Fields of a type by response name, those of fragments on the same type merged as an execution would. */
function selectedFields(
  query: QueryToMeasure,
  parent: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
): SelectedField[] {
  const found = new Map<string, SelectedField>();

  function collect(type: GraphQLCompositeType, set: SelectionSetNode): void {
    for (const selection of set.selections) {
      if (isLeftOut(query, selection)) continue;
      if (selection.kind === Kind.FIELD) {
        addField(type, selection);
        continue;
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection
          : query.fragments.get(selection.name.value);
      const condition = fragment?.typeCondition?.name.value;
      const target = condition === undefined ? type : query.schema.getType(condition);
      if (fragment !== undefined && isCompositeType(target)) {
        collect(target, fragment.selectionSet);
      }
    }
  }

  function addField(type: GraphQLCompositeType, node: FieldNode): void {
    const definition =
      isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
    if (definition === undefined) {
      return; // __typename and introspection cost nothing.
    }
    const key = `${type.name} ${node.alias?.value ?? node.name.value}`;
    const field = found.get(key) ?? { definition, node, selections: [] };
    if (node.selectionSet !== undefined) {
      field.selections.push(node.selectionSet);
    }
    found.set(key, field);
  }

  for (const set of selectionSets) {
    collect(parent, set);
  }
  return [...found.values()];
}

function isLeftOut(query: QueryToMeasure, selection: SelectionNode): boolean {
  const skip = getDirectiveValues(GraphQLSkipDirective, selection, query.variables);
  const include = getDirectiveValues(GraphQLIncludeDirective, selection, query.variables);
  return skip?.['if'] === true || include?.['if'] === false;
}
