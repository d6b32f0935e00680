import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
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

/** Whether an operation asks for nothing but the schema: for names that begin with two underscores, which GraphQL reserves. */
export function asksForSchemaOnly(
  { selectionSet }: OperationDefinitionNode,
  document: DocumentNode,
): boolean {
  const fragments = fragmentsOf(document);
  const seen = new Set<SelectionSetNode>();
  const isOfSchema = (set: SelectionSetNode): boolean => {
    if (seen.has(set)) {
      return true;
    }
    seen.add(set);
    return set.selections.every((selection) => {
      if (selection.kind === Kind.FIELD) {
        return selection.name.value.startsWith('__');
      }
      const selected = selectedBy(selection, fragments);
      return selected === undefined || isOfSchema(selected);
    });
  };
  return isOfSchema(selectionSet);
}

/** The name of a field in the answer. */
export function responseKey({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}
