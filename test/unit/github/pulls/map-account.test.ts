import { describe, expect, it } from 'vitest';
import { GHOST, idOfLogin } from '../../../../src/domain/members/actor.ts';
import { factOf, rawActor, rawComment, rawEvent, rawList, rawReview } from './raw-facts.ts';

const timeline = (item: object) => factOf({ timelineItems: rawList([item]) });

describe('an account without an id', () => {
  const enterprise = rawActor({ __typename: 'EnterpriseUserAccount', login: 'ana_acme' });
  const { databaseId: _, name: __, ...account } = enterprise;
  const known = { login: 'ana_acme', kind: 'UNKNOWN', githubId: idOfLogin('ana_acme') };

  it('is known by its login wherever it stands', () => {
    const fact = factOf({
      state: 'MERGED',
      mergedAt: '2025-12-17T10:00:00Z',
      author: account,
      mergedBy: account,
      timelineItems: rawList([
        rawReview({ author: account }),
        rawComment({ author: account }),
        rawEvent('ClosedEvent', { actor: account }),
        rawEvent('ReviewRequestedEvent', { requestedReviewer: { ...account, __typename: 'User' } }),
      ]),
    });
    expect(fact).toMatchObject({
      author: known,
      mergedBy: known,
      reviews: [{ author: known }],
      comments: [{ author: known }],
      events: [{ actor: known }, { subject: { ...known, kind: 'HUMAN' }, subjectName: 'ana_acme' }],
    });
    expect(fact.gaps).toHaveLength(6);
  });

  it('keeps its kind where it is a bot', () => {
    const bot = { __typename: 'Bot', login: 'dependabot', databaseId: null };
    expect(timeline(rawComment({ author: bot })).comments).toMatchObject([
      { author: { login: 'dependabot', kind: 'BOT', githubId: idOfLogin('dependabot') } },
    ]);
  });

  it('is one account for each login, in any case, and none of GitHub', () => {
    const logins = ['ana', 'bo', 'cy', 'a@example.com', 'ä'];
    expect(new Set(logins.map(idOfLogin)).size).toBe(logins.length);
    expect(idOfLogin('Ana')).toBe(idOfLogin('ana'));
    for (const id of logins.map(idOfLogin)) {
      expect(id < 0n && id >= -(2n ** 62n)).toBe(true);
    }
  });

  it('and without a login is nobody, and whatever it did stands', () => {
    const nobody = { __typename: 'User', login: null };
    const fact = factOf({
      author: nobody,
      timelineItems: rawList([rawReview({ author: nobody })]),
    });
    expect(fact).toMatchObject({ author: GHOST, reviews: [{ author: GHOST }] });
    expect(fact.gaps).toMatchObject([
      { list: 'PULL_REQUEST', item: 'author', field: 'account' },
      { list: 'TIMELINE', item: 'PullRequestReview:3000000001', field: 'reviewer' },
    ]);
  });
});
