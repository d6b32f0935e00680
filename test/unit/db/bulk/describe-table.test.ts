import { describe, expect, expectTypeOf, it } from 'vitest';
import { describeTable, type RowOf } from '../../../../src/db/bulk/describe-table.ts';

const COMMENT = describeTable('Comment', {
  key: ['kind', 'githubId'],
  references: { pullRequestId: 'PullRequest', authorId: 'Member' },
  newest: 'updatedAt',
  returning: ['pullRequestId'],
});

const DRAFT = describeTable('AiSeat', {
  unwritten: ['plan', 'editor', 'assignedAt'],
  dates: ['pendingCancellationOn'],
  key: ['source', 'organization', 'memberId'],
});

const COMMIT = describeTable('Commit', { key: ['pullRequestId', 'sha'] });

describe('a table that is written in bulk', () => {
  it('has the columns of its model with their types, the team left out', () => {
    expect(COMMENT.table).toBe('comment');
    expect(COMMENT.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'kind text',
      'github_id bigint',
      'pull_request_id bigint',
      'author_id bigint',
      'body text',
      'path text',
      'review_id bigint',
      'reply_to_id bigint',
      'created_at timestamptz',
      'updated_at timestamptz',
    ]);
    expect(COMMIT.columns.find(({ name }) => name === 'co_authors')?.type).toBe('text[]');
  });

  it('names columns where it is told of fields', () => {
    expect(COMMENT).toMatchObject({
      key: ['kind', 'github_id'],
      newest: 'updated_at',
      references: [
        { column: 'pull_request_id', table: 'pull_request' },
        { column: 'author_id', table: 'member' },
      ],
      returning: ['pull_request_id'],
    });
    expect(COMMIT).not.toHaveProperty('newest');
    expect(COMMIT).not.toHaveProperty('references');
    expect(COMMIT.returning).toEqual([]);
  });

  it('leaves out what is not written, and takes days and times of syncs for what they are', () => {
    expect(DRAFT.columns.map(({ name, type, compare }) => [name, type, compare])).toEqual([
      ['source', 'text', undefined],
      ['organization', 'text', undefined],
      ['member_id', 'bigint', undefined],
      ['last_activity_at', 'timestamptz', undefined],
      ['pending_cancellation_on', 'date', undefined],
      ['synced_at', 'timestamptz', 'skip'],
    ]);
  });

  it('takes each value from the field of its column', () => {
    const row = {
      source: 'COPILOT',
      organization: 'octo-org',
      memberId: 4n,
      lastActivityAt: null,
      pendingCancellationOn: '2026-02-01',
      syncedAt: new Date(0),
    };
    expect(DRAFT.columns.map(({ value }) => value(row))).toEqual([
      'COPILOT',
      'octo-org',
      4n,
      null,
      '2026-02-01',
      new Date(0),
    ]);
  });
});

describe('the type check', () => {
  it('knows the rows', () => {
    expectTypeOf<RowOf<typeof DRAFT>>().toEqualTypeOf<{
      readonly source: string;
      readonly organization: string;
      readonly memberId: bigint | number;
      readonly lastActivityAt: Date | null;
      readonly pendingCancellationOn: string | null;
      readonly syncedAt: Date;
    }>();
    expectTypeOf<RowOf<typeof COMMIT>>()
      .toHaveProperty('coAuthors')
      .toEqualTypeOf<readonly string[]>();
  });

  it('refuses a field that the model does not have', () => {
    // @ts-expect-error -- a label has no title
    expect(() => describeTable('PullRequestLabel', { key: ['title'] })).toThrow(
      'no PullRequestLabel.title',
    );
  });
});
