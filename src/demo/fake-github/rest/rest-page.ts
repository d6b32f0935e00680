import type { RestAnswer, RestScope } from './rest-scope.ts';

const DEFAULT_PAGE = 30;
const MAX_PAGE = 100;

/** An answer with a body. */
export function ok(body: unknown): RestAnswer {
  return { status: 200, body };
}

export interface PageNumbers {
  readonly page: number;
  readonly size: number;
}

/** `page` and `per_page`; what is no positive integer is as if it were not given. */
export function readPage(url: URL): PageNumbers {
  return {
    size: Math.min(MAX_PAGE, positive(url.searchParams.get('per_page'), DEFAULT_PAGE)),
    page: positive(url.searchParams.get('page'), 1),
  };
}

function positive(text: string | null, fallback: number): number {
  const value = Number(text ?? fallback);
  return Number.isInteger(value) && value > 0 ? value : fallback;
}

/** GitHub's Link header for a page of so many rows; none when everything is on it. */
export function linkHeaders(
  { apiUrl }: RestScope,
  url: URL,
  count: number,
): Readonly<Record<string, string>> {
  const { page, size } = readPage(url);
  const lastPage = Math.max(1, Math.ceil(count / size));
  const linkTo = (target: number, relation: string): string => {
    const query = new URLSearchParams(url.searchParams);
    query.set('page', String(target));
    return `<${apiUrl}${url.pathname}?${query.toString()}>; rel="${relation}"`;
  };
  const links = [
    ...(page > 1 ? [linkTo(Math.min(page - 1, lastPage), 'prev')] : []),
    ...(page < lastPage ? [linkTo(page + 1, 'next'), linkTo(lastPage, 'last')] : []),
    ...(page > 1 ? [linkTo(1, 'first')] : []),
  ];
  return links.length === 0 ? {} : { link: links.join(', ') };
}

/** A page by number, with GitHub's Link header. Unlike cursors, page numbers shift when rows move. */
export function pageOf<Item>(
  scope: RestScope,
  url: URL,
  items: readonly Item[],
  toBody: (item: Item) => unknown,
): RestAnswer {
  const { page, size } = readPage(url);
  const body = items.slice((page - 1) * size, page * size).map(toBody);
  return { status: 200, body, headers: linkHeaders(scope, url, items.length) };
}
