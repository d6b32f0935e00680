import { GitHubRefusal } from '../refusal.ts';

/** What a connection is sorted by: a value, then an id that no other row has. */
export type Key = readonly [value: string | number, id: number];

export type Direction = 'ASC' | 'DESC';

export interface PageArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

export interface Page<Item> {
  readonly totalCount: number;
  readonly nodes: readonly Item[];
  readonly edges: readonly { readonly cursor: string; readonly node: Item }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const CURSOR_PREFIX = 'cursor:v2:';

function encodeCursor(key: Key): string {
  return Buffer.from(`${CURSOR_PREFIX}${JSON.stringify(key)}`).toString('base64');
}

function isKey(value: unknown): value is Key {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    (typeof value[0] === 'string' || typeof value[0] === 'number') &&
    typeof value[1] === 'number'
  );
}

function decodeCursor(cursor: string): Key {
  const text = Buffer.from(cursor, 'base64').toString('utf8');
  if (text.startsWith(CURSOR_PREFIX)) {
    try {
      const key: unknown = JSON.parse(text.slice(CURSOR_PREFIX.length));
      if (isKey(key)) {
        return key;
      }
    } catch {
      // Falls through to the refusal: the text is no cursor of ours.
    }
  }
  throw new GitHubRefusal(
    'INVALID_CURSOR_ARGUMENTS',
    `\`${cursor}\` does not appear to be a valid cursor.`,
  );
}

function compareKeys(a: Key, b: Key): number {
  if (a[0] !== b[0]) {
    return a[0] < b[0] ? -1 : 1;
  }
  return a[1] - b[1];
}

/** Orders a list by its keys, oldest or smallest first. */
export function sortByKey<Item>(items: readonly Item[], keyOf: (item: Item) => Key): Item[] {
  return items.toSorted((a, b) => compareKeys(keyOf(a), keyOf(b)));
}

/** Where the first of the sorted items stands that `isPast` holds for; the length when there is none. */
function findIndex<Item>(items: readonly Item[], isPast: (item: Item) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && isPast(item)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/**
 * One page of a list that is sorted by `keyOf` in `direction`. A cursor holds the key of its row, not its position: when
 * rows move between two pages, the next page begins after that key, so it repeats and skips what GitHub would.
 * @throws GitHubRefusal when a cursor is not one of ours
 */
export function paginate<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
  page: PageArguments,
  direction: Direction = 'ASC',
): Page<Item> {
  const sign = direction === 'ASC' ? 1 : -1;
  const compare = (a: Key, b: Key): number => sign * compareKeys(a, b);
  const after = page.after == null ? null : decodeCursor(page.after);
  const before = page.before == null ? null : decodeCursor(page.before);
  let start = after === null ? 0 : findIndex(items, (item) => compare(keyOf(item), after) > 0);
  let end =
    before === null ? items.length : findIndex(items, (item) => compare(keyOf(item), before) >= 0);
  end = Math.max(start, end);
  if (page.first != null) {
    end = Math.min(end, start + page.first);
  } else if (page.last != null) {
    start = Math.max(start, end - page.last);
  } else {
    end = start;
  }

  const edges = items
    .slice(start, end)
    .map((item) => ({ cursor: encodeCursor(keyOf(item)), node: item }));
  return {
    totalCount: items.length,
    nodes: edges.map((edge) => edge.node),
    edges,
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** The same page with other nodes: for lists that are sorted before their rows are worked out. */
export function mapPage<From, To>(page: Page<From>, map: (item: From) => To): Page<To> {
  const edges = page.edges.map((edge) => ({ cursor: edge.cursor, node: map(edge.node) }));
  return { ...page, edges, nodes: edges.map((edge) => edge.node) };
}

/** A list that has its own order and only grows at its end, such as the commits of a branch. */
export function paginateInOrder<Item>(items: readonly Item[], page: PageArguments): Page<Item> {
  const indexed = items.map((item, index) => ({ item, index }));
  return mapPage(
    paginate(indexed, ({ index }) => [index, 0], page),
    ({ item }) => item,
  );
}
