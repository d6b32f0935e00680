import { describe, expect, it } from 'vitest';
import { GHOST } from '../../../../src/domain/members/actor.ts';
import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import { mapPullRequest } from '../../../../src/github/pulls/map-facts.ts';
import type { PullRequestNode } from '../../../../src/github/pulls/pull-request-query.ts';
import {
  factOf,
  rawActor,
  rawCheck,
  rawChecks,
  rawComment,
  rawCommit,
  rawEvent,
  rawFile,
  rawList,
  rawPullRequest,
  rawReview,
} from './raw-facts.ts';

function timelineOf(...items: Parameters<typeof rawList>[0][number][]): PullRequestFact {
  return factOf({ timelineItems: rawList(items) });
}

describe('bodies', () => {
  it('are kept as Markdown, and one without text is none', () => {
    expect(factOf({ body: '## Why\r\n\r\n- a' }).body).toBe('## Why\r\n\r\n- a');
    expect(factOf({ body: '' }).body).toBeNull();
    expect(factOf({ body: null }).body).toBeNull();
    const { body: _, ...rest } = rawPullRequest();
    expect(mapPullRequest(rest as PullRequestNode)).toMatchObject({
      ok: true,
      fact: { body: null },
    });
  });

  it('of reviews and commits are kept, without the addresses of trailers', () => {
    const message = 'Fix\n\nBecause.\n\nCo-authored-by: Jo <jo@example.com>';
    const fact = factOf({
      timelineItems: rawList([rawReview({ body: 'Fine' }), rawReview({ body: '' })]),
      commits: rawList([rawCommit({ message }), rawCommit({ message: 'Fix' })]),
    });
    expect(fact.reviews.map(({ body }) => body)).toEqual(['Fine', null]);
    expect(fact.commits.map(({ body }) => body)).toEqual(['Because.\n\nCo-authored-by: Jo', null]);
  });

  it('and titles of a megabyte are kept whole', () => {
    const text = 'x'.repeat(1_000_000);
    const fact = factOf({
      title: text,
      body: `${text}\0`,
      timelineItems: rawList([rawComment({ body: text }), rawReview({ body: text })]),
    });
    expect(fact).toMatchObject({ title: text, body: `${text}\uFFFD`, textCleaned: true });
    expect(fact.comments[0]?.body).toBe(text);
    expect(fact.reviews[0]?.body).toBe(text);
  });
});

describe('comments', () => {
  it('on the whole pull request come with their author and both times', () => {
    expect(timelineOf(rawComment()).comments).toEqual([
      {
        kind: 'ISSUE',
        githubId: 3_000_000_002n,
        author: expect.objectContaining({ githubId: 8n, login: 'bo', kind: 'HUMAN' }),
        authorIsInternal: false,
        body: 'Looks right',
        path: null,
        reviewId: null,
        replyToId: null,
        createdAt: new Date('2025-12-16T12:30:00Z'),
        updatedAt: new Date('2025-12-16T12:40:00Z'),
      },
    ]);
  });

  it('may be empty, and by nobody', () => {
    const comment = rawComment({ body: '', author: null });
    expect(timelineOf(comment).comments).toMatchObject([{ body: '', author: GHOST }]);
  });

  it('are counted as GitHub counts them, and not known where it does not say', () => {
    expect(factOf({ totalCommentsCount: 12 }).commentCount).toBe(12);
    expect(factOf({ totalCommentsCount: null }).commentCount).toBeNull();
  });
});

describe('events', () => {
  it.each([
    ['ReadyForReviewEvent', 'READY_FOR_REVIEW'],
    ['ConvertToDraftEvent', 'CONVERT_TO_DRAFT'],
    ['ClosedEvent', 'CLOSED'],
    ['ReopenedEvent', 'REOPENED'],
  ])('of type %s are %s', (typename, kind) => {
    expect(timelineOf(rawEvent(typename)).events).toEqual([
      {
        eventId: `${typename}-1`,
        kind,
        actor: expect.objectContaining({ login: 'ana' }),
        subject: null,
        subjectName: null,
        before: null,
        after: null,
        occurredAt: new Date('2025-12-16T11:00:00Z'),
      },
    ]);
  });

  it.each([
    ['a person', rawActor({ login: 'bo', databaseId: 8, name: 'Bo' }), 'bo', 'HUMAN'],
    ['Copilot', { __typename: 'Bot', login: 'Copilot', databaseId: 9 }, 'Copilot', 'AI_AGENT'],
    ['a placeholder', { __typename: 'Mannequin', login: 'm', databaseId: 9 }, 'm', 'UNKNOWN'],
  ])('ask %s for a review', (_, requestedReviewer, name, kind) => {
    const { events } = timelineOf(rawEvent('ReviewRequestedEvent', { requestedReviewer }));
    expect(events).toMatchObject([
      { kind: 'REVIEW_REQUESTED', subject: { login: name, kind }, subjectName: name },
    ]);
  });

  it('ask a team for a review, which has a name only, or one that is gone', () => {
    const requestedReviewer = { __typename: 'Team', slug: 'platform' };
    const { events } = timelineOf(
      rawEvent('ReviewRequestedEvent', { requestedReviewer }),
      rawEvent('ReviewRequestRemovedEvent', { requestedReviewer: null }),
    );
    expect(events).toMatchObject([
      { kind: 'REVIEW_REQUESTED', subject: null, subjectName: 'platform' },
      { kind: 'REVIEW_REQUEST_REMOVED', subject: null, subjectName: null },
    ]);
  });

  it('say what a force push or a new base replaced, as far as GitHub still knows', () => {
    const { events } = timelineOf(
      rawEvent('HeadRefForcePushedEvent', {
        beforeCommit: { oid: 'aaaa' },
        afterCommit: { oid: 'bbbb' },
      }),
      rawEvent('HeadRefForcePushedEvent', { beforeCommit: null, afterCommit: null }),
      rawEvent('BaseRefChangedEvent', { previousRefName: 'main', currentRefName: 'next' }),
    );
    expect(events).toMatchObject([
      { kind: 'FORCE_PUSHED', before: 'aaaa', after: 'bbbb' },
      { kind: 'FORCE_PUSHED', before: null, after: null },
      { kind: 'BASE_CHANGED', before: 'main', after: 'next' },
    ]);
  });

  it('without an account have none: GitHub leaves it out for what it did by itself', () => {
    expect(timelineOf(rawEvent('ClosedEvent', { actor: null })).events[0]?.actor).toBeNull();
  });

  it('of unknown types and holes are left out, and their neighbours kept', () => {
    const { events, reviews, comments } = timelineOf(
      rawEvent('DeployedEvent'),
      rawEvent('constructor'),
      rawEvent('__proto__'),
      null,
      rawReview(),
      rawComment(),
      rawEvent('ClosedEvent'),
    );
    expect(events.map(({ kind }) => kind)).toEqual(['CLOSED']);
    expect([reviews.length, comments.length]).toEqual([1, 1]);
  });
});

describe('checks of the head commit', () => {
  it('are check runs with the app that runs them', () => {
    const fact = factOf({ statusCheckRollup: rawChecks([rawCheck(), null]) });
    expect(fact.checkState).toBe('SUCCESS');
    expect(fact.checks).toEqual([
      {
        checkId: 'CHECK_RUN:CR_1',
        headSha: 'f00d'.padEnd(40, '0'),
        name: 'test',
        app: 'github-actions',
        status: 'COMPLETED',
        conclusion: 'SUCCESS',
        conclusionRaw: null,
        statusRaw: null,
        startedAt: new Date('2025-12-16T11:00:00Z'),
        completedAt: new Date('2025-12-16T11:05:00Z'),
      },
    ]);
  });

  it.each([
    ['REQUESTED', 'QUEUED'],
    ['PENDING', 'QUEUED'],
    ['QUEUED', 'QUEUED'],
    ['IN_PROGRESS', 'IN_PROGRESS'],
    ['WAITING', 'WAITING'],
  ])('that are %s are %s and have no conclusion', (status, expected) => {
    const check = rawCheck({ status, conclusion: null, startedAt: null, completedAt: null });
    const { checks } = factOf({ statusCheckRollup: rawChecks([check], 'PENDING') });
    expect(checks).toMatchObject([{ status: expected, conclusion: null, completedAt: null }]);
  });

  it.each([
    ['SUCCESS', 'COMPLETED', 'SUCCESS'],
    ['FAILURE', 'COMPLETED', 'FAILURE'],
    ['ERROR', 'COMPLETED', 'ERROR'],
    ['PENDING', 'IN_PROGRESS', null],
    ['EXPECTED', 'IN_PROGRESS', null],
  ])('are commit statuses, too: %s is %s', (state, status, conclusion) => {
    const at = '2025-12-16T11:00:00Z';
    const node = { __typename: 'StatusContext', context: 'ci/old', state, createdAt: at };
    const { checks } = factOf({ statusCheckRollup: rawChecks([node]) });
    expect(checks).toMatchObject([
      {
        checkId: 'STATUS:ci/old',
        name: 'ci/old',
        app: null,
        status,
        conclusion,
        completedAt: conclusion === null ? null : new Date(at),
      },
    ]);
  });

  it('are none where the commit has none, and not known where the source does not say', () => {
    expect(factOf({ statusCheckRollup: null })).toMatchObject({ checkState: null, checks: [] });
    const { statusCheckRollup: _, ...rest } = rawPullRequest();
    expect(mapPullRequest(rest as PullRequestNode)).toMatchObject({
      ok: true,
      fact: { checks: null },
    });
  });
});

describe('signals of AI tools', () => {
  it('are found wherever they stand, with their source', () => {
    const fact = factOf({
      title: 'Fix login (generated with Claude Code)',
      body: 'Written with GitHub Copilot',
      author: rawActor({ __typename: 'Bot', login: 'devin-ai-integration', databaseId: 9 }),
      timelineItems: rawList([
        rawReview({
          author: rawActor({ __typename: 'Bot', login: 'coderabbitai', databaseId: 3 }),
        }),
        rawReview({ fullDatabaseId: '44', body: 'Reviewed by CodeRabbit' }),
      ]),
      commits: rawList([
        rawCommit({ oid: 'abc', message: 'x\n\nCo-authored-by: Someone <agent@anthropic.com>' }),
        rawCommit({ oid: 'def', message: 'x\n\nAssisted-by: Claude Code 2.1' }),
        rawCommit({
          oid: 'fed',
          author: {
            name: 'Any',
            email: 'a@x.example',
            user: { login: 'cursoragent', databaseId: 5 },
          },
          committer: { name: 'Codex', email: 'noreply@openai.com', user: null },
        }),
      ]),
      headRefName: 'copilot/fix-3',
      labels: rawList([{ name: 'ai-generated' }]),
      files: rawList([rawFile({ path: '.cursorrules' })]),
    });
    expect(fact.aiSignals.map(({ tool, kind, location }) => [tool, kind, location])).toEqual([
      ['devin', 'ACCOUNT', 'author'],
      ['copilot', 'BRANCH', 'branch'],
      ['claude-code', 'TEXT', 'title'],
      ['copilot', 'TEXT', 'body'],
      ['coderabbit', 'ACCOUNT', 'review:3000000001'],
      ['coderabbit', 'TEXT', 'review:44'],
      ['ai', 'LABEL', 'label'],
      ['claude', 'CO_AUTHOR', 'commit:abc'],
      ['claude-code', 'TRAILER', 'commit:def'],
      ['cursor', 'COMMIT_AUTHOR', 'commit:fed'],
      ['codex', 'COMMIT_AUTHOR', 'commit:fed'],
      ['cursor', 'FILE', 'file:.cursorrules'],
    ]);
  });

  it('cost the commit nothing where its committer cannot be read', () => {
    for (const committer of [null, undefined, {}, { name: 7, email: [], user: { login: null } }]) {
      const { commits, aiSignals } = factOf({
        commits: rawList([rawCommit({ committer })]),
      });
      expect([commits.length, aiSignals.length]).toEqual([1, 0]);
    }
  });

  it('hold no address, although trailers are known by it', () => {
    const message = 'x\n\nCo-authored-by: Someone <agent@anthropic.com>';
    const { aiSignals } = factOf({ commits: rawList([rawCommit({ message })]) });
    expect(aiSignals).toHaveLength(1);
    expect(JSON.stringify(aiSignals)).not.toContain('agent@');
  });
});
