import { afterAll, describe, expect, it, vi } from 'vitest';
import { defineEnum } from '../../../../src/api/core/enums.ts';
import { exposeColumns } from '../../../../src/api/core/columns.ts';

const Phase = defineEnum('ColumnsTestPhase', 'A phase.', { OPEN: 'Open.', CLOSED: 'Closed.' });

// As in define-mutation.test.ts: files that come later in this process get a schema without this enum.
afterAll(() => {
  vi.resetModules();
});

/** Stands for the builder of a model's fields, and answers what it is asked to expose. */
const builderOf = (model: string) =>
  ({ model, expose: (column: string, options: object) => ({ column, ...options }) }) as never;

const t = builderOf('PullRequest');

describe('fields of columns', () => {
  it('have the type that the data model gives them, and are null where it allows that', () => {
    expect(
      exposeColumns(t, 'PullRequest', {
        number: 'Its number.',
        isDraft: 'Whether it is a draft.',
        additions: 'Lines added.',
        createdAt: 'When it was opened.',
        mergedAt: 'When it was merged.',
      }),
    ).toEqual({
      number: { column: 'number', type: 'Int', nullable: false, description: 'Its number.' },
      isDraft: {
        column: 'isDraft',
        type: 'Boolean',
        nullable: false,
        description: 'Whether it is a draft.',
      },
      additions: {
        column: 'additions',
        type: 'BigInt',
        nullable: true,
        description: 'Lines added.',
      },
      createdAt: {
        column: 'createdAt',
        type: 'DateTime',
        nullable: false,
        description: 'When it was opened.',
      },
      mergedAt: {
        column: 'mergedAt',
        type: 'DateTime',
        nullable: true,
        description: 'When it was merged.',
      },
    });
    expect(exposeColumns(builderOf('Commit'), 'Commit', { coAuthors: 'Trailers.' })).toMatchObject({
      coAuthors: { type: ['String'], nullable: false },
    });
  });

  it('have an enum where one is given', () => {
    expect(
      exposeColumns(t, 'PullRequest', { state: { type: Phase, description: 'Its phase.' } }),
    ).toEqual({
      state: { column: 'state', type: Phase, nullable: false, description: 'Its phase.' },
    });
  });

  it('are of the model of their object', () => {
    expect(() => exposeColumns(t, 'Commit', { coAuthors: 'Trailers.' })).toThrow(
      'An object of PullRequest has no columns of Commit.',
    );
  });

  it('are of columns that reads return: the type check holds it', () => {
    // @ts-expect-error there is no such column
    expect(exposeColumns(t, 'PullRequest', { titel: 'Misspelt.' })).toEqual({});
    // @ts-expect-error lists do not read it
    expect(exposeColumns(t, 'PullRequest', { body: 'Not read.' })).toHaveProperty('body');
  });
});
