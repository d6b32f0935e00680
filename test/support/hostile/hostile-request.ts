/** A request that asks for too much, or says what is wrong at great length. */
export interface HostileRequest {
  readonly name: string;
  /** The body of the POST; made when it is needed, as some are megabytes. */
  readonly body: () => string;
  readonly status: number;
  /** The code of each error that it is answered with. */
  readonly code: string;
  /** What it was measured by, where it is refused for its size. */
  readonly measure?: string;
}

/** A query with its variables, each made when it is needed. */
export type Asked = readonly [name: string, query: () => string, variables?: () => object];

export const MEGABYTE = 1_000_000;

/** A text that no answer may hold: its beginning may be quoted. */
export const LONG = (): string => 'x'.repeat(MEGABYTE);

/** So many texts, a space between them. */
export const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

/** Opens `text` so many times, one in the other. */
export const nest = (count: number, open: string, inner: string): string =>
  `${open.repeat(count)}${inner}${'}'.repeat(open.split('{').length - 1).repeat(count)}`;

/** Fragments of which each spreads the next one twice. */
export const doubling = (
  levels: number,
  type: string,
  open: string,
  close: string,
  inner: string,
) =>
  `${times(levels, (n) => `fragment F${n} on ${type} { ${open}...F${n + 1}${close} ${open.replace('a:', 'b:')}...F${n + 1}${close} }`)} fragment F${levels} on ${type} { ${inner} }`;

/** A request that is refused for what `measure` counts. */
export function refused(measure: string, [name, query, variables]: Asked): HostileRequest {
  return {
    name,
    body: () => JSON.stringify({ query: query(), variables: variables?.() }),
    status: 400,
    code: 'QUERY_TOO_COMPLEX',
    measure,
  };
}

/** A request that is wrong in itself, and is answered with this code. */
export function wrong(code: string, [name, query, variables]: Asked, status = 200): HostileRequest {
  return {
    name,
    body: () => JSON.stringify({ query: query(), variables: variables?.() }),
    status,
    code,
  };
}
