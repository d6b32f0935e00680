import { describe, expect, it } from 'vitest';
import { ask, askForData, aSource, serve } from '../small-world.ts';

const sha = (letter: string): string => letter.repeat(40);
const at = (minute: number): string => `2026-03-01T10:${String(minute).padStart(2, '0')}:00Z`;

/** A branch `c`, `d` that is merged into `a`, `b` by `e`; the clock of `d` was early, and `f` is not there yet. */
const HISTORY = [
  { oid: sha('a'), parents: [], at: at(0) },
  { oid: sha('b'), parents: [sha('a')], at: at(10) },
  { oid: sha('c'), parents: [sha('a')], at: at(5) },
  { oid: sha('d'), parents: [sha('c')], at: at(1) },
  { oid: sha('e'), parents: [sha('b'), sha('d')], at: at(20) },
  { oid: sha('f'), parents: [sha('e')], at: '2026-04-01T00:00:00Z' },
];

const open = () => serve(aSource([], { history: HISTORY }));

interface Answer {
  readonly repository: {
    readonly object: {
      readonly history: {
        readonly totalCount: number;
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
        readonly nodes: readonly {
          readonly oid: string;
          readonly committedDate: string;
          readonly parents: { readonly totalCount: number; readonly nodes: { oid: string }[] };
        }[];
      };
    } | null;
  };
}

const query = (oid: string, args: string): string => `{ repository(owner: "acme", name: "api") {
  object(oid: "${oid}") { ... on Commit { history(${args}) { totalCount pageInfo { hasNextPage endCursor }
    nodes { oid committedDate parents(first: 5) { totalCount nodes { oid } } } } } } } }`;

describe('the history of a commit', () => {
  it('lists the commits that lead to it, the newest of those whose child is listed, with their parents', async () => {
    const { repository } = await askForData<Answer>(await open(), query(sha('e'), 'first: 10'));
    const history = repository.object?.history;
    expect(history?.nodes.map(({ oid }) => oid[0]).join('')).toBe('ebdca');
    expect(history?.nodes[0]).toEqual({
      oid: sha('e'),
      committedDate: at(20),
      parents: { totalCount: 2, nodes: [{ oid: sha('b') }, { oid: sha('d') }] },
    });
  });

  it('goes on behind its cursor, and counts all of it', async () => {
    const server = await open();
    const first = await askForData<Answer>(server, query(sha('e'), 'first: 2'));
    expect(first.repository.object?.history).toMatchObject({
      totalCount: 5,
      pageInfo: { hasNextPage: true, endCursor: `${sha('e')} 1` },
    });
    const second = await askForData<Answer>(
      server,
      query(sha('e'), `first: 3, after: "${sha('e')} 1"`),
    );
    expect(second.repository.object?.history.nodes.map(({ oid }) => oid[0]).join('')).toBe('dca');
    expect(second.repository.object?.history.pageInfo.hasNextPage).toBe(false);
  });

  it('is told since an instant, and counted without a page', async () => {
    const server = await open();
    const since = await askForData<Answer>(server, query(sha('e'), `first: 9, since: "${at(5)}"`));
    expect(since.repository.object?.history.nodes.map(({ oid }) => oid[0]).join('')).toBe('ebc');
    const counted = await askForData(
      server,
      `{ repository(owner: "acme", name: "api") { object(oid: "${sha('d')}") { ... on Commit { history { totalCount } } } } }`,
    );
    expect(counted).toEqual({ repository: { object: { history: { totalCount: 3 } } } });
  });

  it('is null of a commit that is not there, or not yet', async () => {
    const server = await open();
    for (const oid of [sha('f'), sha('9')]) {
      expect(await askForData(server, query(oid, 'first: 1'))).toEqual({
        repository: { object: null },
      });
    }
  });

  it('is refused behind the cursor of another one, and in pages of more than a hundred', async () => {
    const server = await open();
    const other = await ask(server, query(sha('e'), `first: 1, after: "${sha('d')} 0"`));
    expect(other.body.errors).toMatchObject([{ type: 'INVALID_CURSOR_ARGUMENTS' }]);
    const large = await ask(server, query(sha('e'), 'first: 101'));
    expect(large.body.errors).toMatchObject([{ type: 'EXCESSIVE_PAGINATION' }]);
  });
});
