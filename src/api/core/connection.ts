import type { InputShapeFromFields, ObjectRef } from '@pothos/core';
import type { Condition, ParentKey } from '../../db/reads/keyset-page.ts';
import type { RowList } from '../../db/reads/lists.ts';
import { builder, type BuilderTypes } from './builder.ts';
import type { ApiContext } from './context.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { invalidInput } from './errors.ts';
import { costs, type RawArguments } from './field-cost.ts';

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;

/** Arguments of a page of a list. */
export type PageArguments = InputShapeFromFields<typeof pageArguments>;

type Page<Row extends object> = ReturnType<typeof toPage<Row>>;

/** The arguments of every connection. */
export const pageArguments = builder.args((t) => ({
  first: t.int({
    required: true,
    defaultValue: DEFAULT_PAGE_SIZE,
    description: `Maximum number of items, 1 to ${MAX_PAGE_SIZE}.`,
  }),
  after: t.string({
    description: 'Cursor after which the page begins; the first page when absent.',
  }),
}));

/** The page that is asked for; what is no size of a page is refused when the field runs, and is counted as the largest. */
function pageSize({ first }: RawArguments): number {
  const isSize = typeof first === 'number' && Number.isInteger(first);
  return isSize && first >= 1 && first <= MAX_PAGE_SIZE ? first : MAX_PAGE_SIZE;
}

/** The cost of every field that answers a connection. */
export const PAGE_COST = costs({ size: pageSize });

/** @throws DomainError INVALID_INPUT when `first` is out of range */
export function checkPageSize(first: number): void {
  if (first < 1 || first > MAX_PAGE_SIZE) {
    throw invalidInput(`first must lie between 1 and ${MAX_PAGE_SIZE}, it is ${first}.`);
  }
}

/** The argument of a list of which the rest cannot be asked for: how many items at the most, 1 to 100. */
export function firstItems(defaultValue: number) {
  return builder.args((t) => ({
    first: t.int({
      required: true,
      defaultValue,
      description: `Maximum number of items, 1 to ${MAX_PAGE_SIZE}.`,
    }),
  }));
}

/** Makes a page of rows. One more row than requested has to be read, which tells whether there is another page. */
export function toPage<Row extends object>(
  rows: readonly Row[],
  args: PageArguments,
  cursorFields: readonly (keyof Row & string)[],
  totalCount: () => Promise<number>,
) {
  const edges = rows
    .slice(0, args.first)
    .map((node) => ({ cursor: encodeCursor(cursorFields.map((field) => node[field])), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > args.first,
      hasPreviousPage: args.after !== null && args.after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    /** Counts only when it is called. */
    totalCount,
  };
}

/** Reads one page of a parent's list. Pages with the same arguments on one level of a query are read by one statement. */
export async function loadPage<Row extends object>(
  context: ApiContext,
  list: RowList<Row>,
  parent: ParentKey,
  args: PageArguments,
  conditions: readonly Condition[] = [],
): Promise<Page<Row>> {
  checkPageSize(args.first);
  const after =
    args.after === null || args.after === undefined ? null : decodeCursor(args.after, list.order);
  const request = { first: args.first + 1, after, conditions };
  const rows = await context.reads.load(list.read, parent, request);
  return toPage(rows, args, list.cursorFields, () =>
    context.reads.load(list.count, parent, { conditions }),
  );
}

/** Defines the connection type of a list, with edges and a total count. */
export function defineConnection<Row extends object>(
  type: ObjectRef<BuilderTypes, Row>,
  name: string,
  rows: string,
) {
  return builder.connectionObject(
    {
      type,
      name: `${name}Connection`,
      description: `A page of ${rows}.`,
      fields: (t) => ({
        totalCount: t.int({
          // A statement of its own.
          ...costs({ points: 1 }),
          description: 'Number of items in the whole list, with the same filter.',
          resolve: (page) => (page as unknown as Page<Row>).totalCount(),
        }),
      }),
    },
    { name: `${name}Edge`, description: `An item of a list of ${rows}, with its cursor.` },
  );
}

/** A field with the pages of a list. */
interface PagesField<Row extends object> {
  readonly connection: ReturnType<typeof defineConnection<Row>>;
  /** Belongs to the team, or to a row of it. */
  readonly list: RowList<Row>;
  readonly description: string;
}

/** Adds a list to the type of its parent. */
export function addPages<Row extends object>(
  parent: 'Team' | 'Repository' | 'PullRequest' | 'SyncRun',
  name: string,
  { connection, list, description }: PagesField<Row>,
): void {
  builder.prismaObjectField(parent, name, (t) =>
    t.field({
      ...PAGE_COST,
      type: connection,
      description,
      args: pageArguments,
      resolve: (row, args, context) =>
        loadPage(context, list, 'teamId' in row ? [row.teamId, row.id] : [row.id], args),
    }),
  );
}
