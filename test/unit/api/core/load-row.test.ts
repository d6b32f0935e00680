import { describe, expect, it } from 'vitest';
import type { ApiContext } from '../../../../src/api/core/context.ts';
import {
  loadRow,
  loadRowOrNull,
  relatedRow,
  relatedRowOrNull,
  teamOfRow,
} from '../../../../src/api/core/load-row.ts';

const BEA = { teamId: 1n, id: 7n, login: 'bea' };

/** A context whose reads know one row, by its key. */
function contextWith(row: { readonly teamId: bigint; readonly id: bigint } | null): ApiContext {
  return {
    reads: {
      load: (_read: unknown, key: { readonly teamId: bigint; readonly id?: bigint }) =>
        Promise.resolve(
          row !== null && row.teamId === key.teamId && (key.id ?? row.id) === row.id ? row : null,
        ),
    },
  } as unknown as ApiContext;
}

describe('a row', () => {
  it('is loaded by its key', async () => {
    const context = contextWith(BEA);
    expect(await loadRow(context, 'Member', { teamId: 1n, id: 7n })).toBe(BEA);
    expect(await loadRowOrNull(context, 'Member', { teamId: 1n, id: 7n })).toBe(BEA);
  });

  it('that may be missing is null', async () => {
    expect(await loadRowOrNull(contextWith(null), 'Member', { teamId: 1n, id: 7n })).toBeNull();
  });

  it('that must exist is an error with its table and key when it is missing', async () => {
    const context = contextWith(null);
    await expect(loadRow(context, 'SyncRun', { teamId: 1n, id: 7n })).rejects.toThrow(
      'sync_run has no row with teamId 1 and id 7, although it must exist',
    );
    await expect(loadRow(context, 'Team', { teamId: 3n })).rejects.toThrow(
      'team has no row with teamId 3, although it must exist',
    );
  });
});

describe('a relation', () => {
  const author = relatedRow('Member', 'authorId');
  const mergedBy = relatedRowOrNull('Member', 'mergedById');

  it('is the row of the team that a field names', async () => {
    const context = contextWith(BEA);
    expect(await author(undefined, { teamId: 1n, authorId: 7n }, {}, context)).toBe(BEA);
    expect(await mergedBy(undefined, { teamId: 1n, mergedById: 7n }, {}, context)).toBe(BEA);
    expect(await teamOfRow(undefined, { teamId: 1n }, {}, context)).toBe(BEA);
  });

  it('to another team is not there', async () => {
    const row = { teamId: 2n, authorId: 7n };
    await expect(author(undefined, row, {}, contextWith(BEA))).rejects.toThrow(
      'member has no row with teamId 2 and id 7',
    );
  });

  it('is null where the field names nothing', async () => {
    const row = { teamId: 1n, mergedById: null };
    expect(await mergedBy(undefined, row, {}, contextWith(BEA))).toBeNull();
  });

  it('that must exist needs a field that always names a row: the type check holds it', () => {
    const row = { teamId: 1n, authorId: null };
    // @ts-expect-error the field may be null
    const load = () => author(undefined, row, {}, contextWith(BEA));
    expect(load).toBeTypeOf('function');
    // @ts-expect-error the row has no such field
    const misspelt = () => author(undefined, { teamId: 1n, authorID: 7n }, {}, contextWith(BEA));
    expect(misspelt).toBeTypeOf('function');
  });
});
