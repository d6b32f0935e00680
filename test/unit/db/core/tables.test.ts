import { describe, expect, expectTypeOf, it } from 'vitest';
import type { builder } from '../../../../src/api/core/builder.ts';
import type PrismaTypes from '../../../../src/db/generated/pothos.ts';
import { listOf } from '../../../../src/db/reads/lists.ts';
import {
  columnOf,
  selectionOf,
  sortColumnOf,
  tableName,
  type Field,
  type Model,
  type Row,
} from '../../../../src/db/core/tables.ts';

/** The models as the API's fields see them. */
type ApiModels = (typeof builder)['$inferSchemaTypes']['PrismaTypes'];

describe('a table of the data model', () => {
  it('has the name and columns of its model, a field each', () => {
    expect(tableName('PullRequestFile')).toBe('pull_request_file');
    expect(selectionOf('PullRequestFile')).toBe(
      't.team_id AS "teamId", t.pull_request_id AS "pullRequestId", t.path AS "path", ' +
        't.change_type AS "changeType", t.change_type_raw AS "changeTypeRaw", t.category AS "category", ' +
        't.additions AS "additions", ' +
        't.deletions AS "deletions"',
    );
    expect(columnOf('RollupRebuild', 'memberWeeksInserted')).toBe('member_weeks_inserted');
  });

  it('selects no relations, and nothing that is left out', () => {
    const selection = selectionOf('PullRequest');
    expect(selection).toContain('t.deleted_at AS "deletedAt"');
    expect(selection).not.toMatch(/"(body|author|repository|reviews)"/);
  });

  it('is ordered by columns with the type that their cursors have', () => {
    expect(sortColumnOf('PullRequest', 'createdAt')).toEqual({
      column: 'created_at',
      type: 'timestamptz',
    });
    expect(sortColumnOf('PullRequest', 'number').type).toBe('integer');
    expect(() => sortColumnOf('PullRequest', 'isDraft')).toThrow('PullRequest.isDraft');
  });

  it('refuses what the data model does not have, should types not have done so', () => {
    expect(() => tableName('Meeting' as Model)).toThrow('no Meeting');
    expect(() => columnOf('Team', 'slag' as Field<'Team'>)).toThrow('no Team.slag');
  });
});

describe('the type check', () => {
  it('knows the rows: those of the data model without what is left out', () => {
    expectTypeOf<Row<'Member'>>().toEqualTypeOf<PrismaTypes['Member']['Shape']>();
    expectTypeOf<Row<'PullRequest'>>().toHaveProperty('deletedAt');
    expectTypeOf<Row<'PullRequest'>>().not.toHaveProperty('body');
    expectTypeOf<PrismaTypes['PullRequest']['Shape']>().toHaveProperty('body');
  });

  it('gives these rows to the fields of the API, and no others', () => {
    expectTypeOf<ApiModels['PullRequest']['Shape']>().toEqualTypeOf<Row<'PullRequest'>>();
    expectTypeOf<
      ApiModels['PullRequest']['Relations']['mergedBy']['Shape']
    >().toEqualTypeOf<Row<'Member'> | null>();
    expectTypeOf<ApiModels['Repository']['Relations']['pullRequests']['Shape']>().toEqualTypeOf<
      Row<'PullRequest'>[]
    >();
  });

  it('refuses a wrong column', () => {
    // @ts-expect-error the data model has no such field
    expect(() => listOf('Member', { ascending: ['logon'] })).toThrow('no Member.logon');
    // @ts-expect-error the data model has no such field
    expect(() => columnOf('Member', 'team_id')).toThrow('no Member.team_id');
    // @ts-expect-error a cursor cannot be made of what the rows do not have
    expect(listOf('PullRequest', { ascending: ['body'] }).cursorFields).toEqual(['body']);
    // @ts-expect-error a relation is no column
    expect(() => columnOf('Member', 'team')).toThrow('no Member.team');
  });
});
