import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** The fragments of a document by their names. */
export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** The fragments that a document defines; of two with one name the last. */
export function fragmentsOf(document: DocumentNode): Fragments {
  return new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
}

/** What a fragment selects where it stands, written there or spread; undefined for one that is not defined. */
export function selectedBy(
  spread: Exclude<SelectionNode, FieldNode>,
  fragments: Fragments,
): SelectionSetNode | undefined {
  return spread.kind === Kind.INLINE_FRAGMENT
    ? spread.selectionSet
    : fragments.get(spread.name.value)?.selectionSet;
}

/** The name of a field in the answer. */
export function responseKey({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}
