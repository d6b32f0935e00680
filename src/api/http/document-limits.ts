import {
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { tooComplex, type Measure, type RefusedRequest } from '../core/errors.ts';
import { fragmentsOf, responseKey, selectedBy, type Fragments } from './fragments.ts';

interface Limit {
  readonly max: number;
  /** What was measured, before the number and behind it. */
  readonly found: readonly [before: string, behind: string];
  readonly hint: string;
}

/** Tokens of a document at the most: it acts while parsing, before depth can cost anything. */
export const MAX_TOKENS = 2_000;

/** Refused while it was read, so that nobody knows how many there are. */
export function tooManyTokens(): RefusedRequest {
  return tooComplex({
    measure: 'TOKENS',
    found: `The document has more than ${MAX_TOKENS} tokens`,
    cost: MAX_TOKENS + 1,
    limit: MAX_TOKENS,
    hint: 'Send less in one request, and pass long values as variables.',
  });
}

/** Limits of a document, whatever it asks for. Fragments count as often as they are spread. */
const DOCUMENT_LIMITS = {
  NAME_LENGTH: {
    max: 200,
    found: ['A name in the document has', 'characters'],
    hint: 'Use shorter names.',
  },
  DEFINITIONS: {
    max: 100,
    found: ['The document has', 'operations and fragments'],
    hint: 'Send only the operation that runs, with its fragments.',
  },
  FRAGMENT_NESTING: {
    max: 15,
    found: ['Fragments nest', 'levels deep'],
    hint: 'Spread fragments within each other in fewer levels.',
  },
  DEPTH: {
    max: 20,
    found: ['The fields of the query nest', 'levels deep'],
    hint: 'Nest fewer fields, or ask in several requests.',
  },
  SELECTIONS: {
    max: 1_000,
    found: ['The query selects', 'fields and fragments'],
    hint: 'Select fewer fields, or spread fragments less often.',
  },
  ALIASES: {
    max: 50,
    found: ['The query has', 'aliases'],
    hint: 'Ask for fewer things under names of their own, or in several requests.',
  },
  DIRECTIVES: {
    max: 50,
    found: ['The document has', 'directives'],
    hint: 'Use fewer directives.',
  },
  BREADTH: {
    max: 100,
    found: ['One selection has', 'fields'],
    hint: 'Select fewer fields of one object, or ask in several requests.',
  },
  DUPLICATES: {
    max: 250,
    found: ['The query selects', 'fields again that it has already'],
    hint: 'Select each field once.',
  },
} as const satisfies Partial<Record<Measure, Limit>>;

type DocumentMeasure = keyof typeof DOCUMENT_LIMITS;

/** @throws RefusedRequest when there are more than the limit */
function checkDocumentLimit(measure: DocumentMeasure, count: number): void {
  const { max, found, hint }: Limit = DOCUMENT_LIMITS[measure];
  if (count > max) {
    const [before, behind] = found;
    const sentence = `${before} ${count} ${behind}`;
    throw tooComplex({ measure, found: sentence, cost: count, limit: max, hint });
  }
}

/** What a selection comes to when its fragments are written out. */
interface Extent {
  readonly depth: number;
  readonly selections: number;
  readonly aliases: number;
  readonly directives: number;
  readonly fragmentNesting: number;
}

const EMPTY: Extent = { depth: 0, selections: 0, aliases: 0, directives: 0, fragmentNesting: 0 };

/**
 * Checks the shape of a document before anything else looks at it: rules of validation take time that grows with the
 * square of what is repeated, or with the fragments written out. It may be invalid in any way.
 * @throws RefusedRequest for the first limit that it passes
 */
export function checkDocument(document: DocumentNode): void {
  const fragments = fragmentsOf(document);
  const sets = document.definitions.flatMap((definition) =>
    'selectionSet' in definition ? (definition.selectionSet ?? []) : [],
  );
  checkDocumentLimit('DEFINITIONS', document.definitions.length);
  checkNames(document);
  const { extentOf, hasCycle } = createExtents(fragments);
  for (const set of sets) {
    const extent = extentOf(set);
    checkDocumentLimit('SELECTIONS', extent.selections);
    checkDocumentLimit('FRAGMENT_NESTING', extent.fragmentNesting);
    checkDocumentLimit('DEPTH', extent.depth);
    checkDocumentLimit('ALIASES', extent.aliases);
    checkDocumentLimit('DIRECTIVES', extent.directives);
  }
  // Fragments that spread themselves have no end to be written out to; validation refuses them.
  if (!hasCycle()) {
    for (const set of sets) {
      checkDocumentLimit('DUPLICATES', countDuplicates([set], fragments));
    }
  }
}

function checkNames(document: DocumentNode): void {
  let directives = 0;
  let longest = 0;
  const note = ({ value }: { readonly value: string }): void => {
    longest = Math.max(longest, value.length);
  };
  visit(document, {
    Directive: () => {
      directives += 1;
    },
    Name: note,
    EnumValue: note,
  });
  checkDocumentLimit('NAME_LENGTH', longest);
  checkDocumentLimit('DIRECTIVES', directives);
}

/** The extent of a fragment, named or not, where it is spread. */
function nested(extent: Extent): Extent {
  return { ...extent, fragmentNesting: extent.fragmentNesting + 1 };
}

/** Measures selections; each fragment once, so that spreading it again costs nothing. */
function createExtents(fragments: Fragments) {
  const measured = new Map<string, Extent>();
  const open = new Set<string>();
  let cyclic = false;

  function ofFragment(name: string): Extent {
    const known = measured.get(name);
    const set = fragments.get(name)?.selectionSet;
    if (known !== undefined || set === undefined) {
      return known ?? EMPTY;
    }
    if (open.has(name)) {
      cyclic = true;
      return EMPTY;
    }
    open.add(name);
    const extent = nested(extentOf(set));
    open.delete(name);
    measured.set(name, extent);
    return extent;
  }

  function ofSelection(selection: SelectionNode): Extent {
    switch (selection.kind) {
      case Kind.FRAGMENT_SPREAD:
        return ofFragment(selection.name.value);
      case Kind.INLINE_FRAGMENT:
        return nested(extentOf(selection.selectionSet));
      case Kind.FIELD: {
        const { alias, name, selectionSet } = selection;
        const below = selectionSet === undefined ? EMPTY : extentOf(selectionSet);
        const isAliased = alias !== undefined && alias.value !== name.value;
        return {
          ...below,
          depth: below.depth + 1,
          aliases: below.aliases + (isAliased ? 1 : 0),
        };
      }
    }
  }

  function extentOf(set: SelectionSetNode): Extent {
    let { depth, selections, aliases, directives, fragmentNesting } = EMPTY;
    for (const selection of set.selections) {
      const extent = ofSelection(selection);
      depth = Math.max(depth, extent.depth);
      selections += 1 + extent.selections;
      aliases += extent.aliases;
      directives += extent.directives + (selection.directives?.length ?? 0);
      fragmentNesting = Math.max(fragmentNesting, extent.fragmentNesting);
    }
    return { depth, selections, aliases, directives, fragmentNesting };
  }

  return { extentOf, hasCycle: () => cyclic };
}

/**
 * Fields that have the name in the answer of an earlier one beside them, where what is selected under the same name is
 * one selection. Writes fragments out, so their number must have been checked.
 * @throws RefusedRequest when one selection has too many fields
 */
function countDuplicates(sets: readonly SelectionSetNode[], fragments: Fragments): number {
  const byName = new Map<string, FieldNode[]>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const name = responseKey(selection);
        const same = byName.get(name) ?? [];
        same.push(selection);
        byName.set(name, same);
      } else {
        const set = selectedBy(selection, fragments);
        if (set !== undefined) {
          collect(set);
        }
      }
    }
  };
  sets.forEach(collect);
  checkDocumentLimit('BREADTH', byName.size);
  let duplicates = 0;
  for (const fields of byName.values()) {
    duplicates += fields.length - 1;
    const below = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (below.length > 0) {
      duplicates += countDuplicates(below, fragments);
    }
  }
  return duplicates;
}
