import type * as GraphQL from 'graphql';
import type { DocumentNode, FieldNode, InlineFragmentNode, SelectionNode } from 'graphql';
import { substituteFor, type SchemaElement } from './accessories.ts';
import { typeOfField } from './composite-fields.ts';

/** graphql-js, which only a server needs that lacks something: others do not wait for it to load. */
type GraphQLParser = typeof GraphQL;

/**
 * A document without what a server lacks: in place of a field that has a substitute that is asked for, under its own
 * name, because the types of the two differ. All else is left out, with the fragments and variables that nothing uses any
 * more.
 * @param text a document as `textOf` gives it
 */
export async function withoutElements(
  text: string,
  lacking: ReadonlySet<SchemaElement>,
): Promise<string> {
  const parser = await import('graphql');
  const left = withoutSelections(parser, parser.parse(text, { noLocation: true }), lacking);
  return parser.print(withoutUnused(parser, left));
}

function withoutSelections(
  { visit }: GraphQLParser,
  document: DocumentNode,
  lacking: ReadonlySet<SchemaElement>,
): DocumentNode {
  // Of which types the selections are that the visitor is in, the innermost last.
  const types: string[] = [];
  const leave = (node: { readonly selectionSet?: FieldNode['selectionSet'] }) => {
    types.pop();
    return node.selectionSet?.selections.length === 0 ? null : undefined;
  };
  const words = new Set([...lacking].map(toConstantCase));
  return visit(document, {
    OperationDefinition: {
      enter() {
        types.push('Query');
      },
    },
    FragmentDefinition: {
      enter({ typeCondition }) {
        types.push(typeCondition.name.value);
      },
      leave,
    },
    InlineFragment: {
      enter(node) {
        const type = typeOf(node) ?? types.at(-1) ?? '';
        if (lacking.has(type) || lacking.has(`${types.at(-1)}/${type}`)) {
          return null;
        }
        types.push(type);
        return undefined;
      },
      leave,
    },
    Field: {
      enter(node) {
        const parent = types.at(-1) ?? '';
        const element = `${parent}.${node.name.value}`;
        const substitute = lacking.has(element) ? substituteFor(element) : null;
        if (lacking.has(element) && substitute === null) {
          return null;
        }
        types.push(typeOfField(parent, node.name.value) ?? '');
        return substitute === null
          ? undefined
          : { ...node, name: { ...node.name, value: substitute } };
      },
      leave,
    },
    // The kinds of a timeline's items are chosen by words that are called after their types.
    EnumValue: { enter: ({ value }) => (words.has(value) ? null : undefined) },
  });
}

function typeOf({ typeCondition }: InlineFragmentNode): string | null {
  return typeCondition?.name.value ?? null;
}

/** `ClosedEvent` as `CLOSED_EVENT`. */
function toConstantCase(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

/** Servers refuse a document that defines what it does not use, or spreads what it does not define. */
function withoutUnused({ visit, Kind }: GraphQLParser, document: DocumentNode): DocumentNode {
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
  const used = new Set<string>();
  const follow = (selections: readonly SelectionNode[]): void => {
    for (const selection of selections) {
      if (selection.kind !== Kind.FRAGMENT_SPREAD) {
        follow(selection.selectionSet?.selections ?? []);
      } else if (!used.has(selection.name.value)) {
        used.add(selection.name.value);
        follow(fragments.get(selection.name.value)?.selectionSet.selections ?? []);
      }
    }
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      follow(definition.selectionSet.selections);
    }
  }
  const kept = visit(document, {
    FragmentDefinition: ({ name }) => (used.has(name.value) ? undefined : null),
    FragmentSpread: ({ name }) => (fragments.has(name.value) ? undefined : null),
  });
  const variables = new Set<string>();
  visit(kept, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      variables.add(name.value);
    },
  });
  return visit(kept, {
    VariableDefinition: ({ variable }) => (variables.has(variable.name.value) ? undefined : null),
  });
}
