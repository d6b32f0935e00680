import { describe, expect, it } from 'vitest';
import { positionAfter } from '../../../../src/activities/pulls/read-review-comments.ts';

const since = new Date('2026-03-02T00:00:00Z');

describe('the cursor after a page of review comments', () => {
  it('is the second before the last change', () => {
    expect(positionAfter({ since, page: 1 }, new Date('2026-03-02T00:00:09Z'))).toEqual({
      since: new Date('2026-03-02T00:00:08Z'),
      page: 1,
    });
  });

  it.each([
    ['of one second', new Date('2026-03-02T00:00:01Z')],
    ['without a time', null],
  ])('is the next page behind one %s', (_what, lastUpdatedAt) => {
    expect(positionAfter({ since, page: 3 }, lastUpdatedAt)).toEqual({ since, page: 4 });
  });
});
