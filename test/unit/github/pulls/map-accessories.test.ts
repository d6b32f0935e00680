import { describe, expect, it } from 'vitest';
import { GHOST } from '../../../../src/domain/members/actor.ts';
import type { GapFact, PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import { mapPullRequest } from '../../../../src/github/pulls/map-facts.ts';
import type { PullRequestNode } from '../../../../src/github/pulls/pull-request-query.ts';
import { fullPullRequest, leavesOf, withLeaf, type Json } from './full-pull-request.ts';
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
  rawReview,
} from './raw-facts.ts';

const FULL = fullPullRequest() as unknown as Json;

/** What hangs on a pull request and does not decide whether it exists. */
const ACCESSORIES = new Set([
  'author',
  'mergedBy',
  'labels',
  'timelineItems',
  'statusCheckRollup',
  'commits',
  'files',
]);

const NODES = leavesOf(FULL)
  .filter(([part]) => ACCESSORIES.has(part ?? ''))
  // Where a list goes on is not a value of an entry: what lies behind it is not known then.
  .filter((path) => !path.includes('pageInfo'));

/** Objects that are an accessory as a whole, or part of one. */
const OBJECTS = [
  ...new Set(
    NODES.flatMap((path) => path.map((_, length) => path.slice(0, length + 1).join('.'))).filter(
      (path) => !NODES.some((leaf) => leaf.join('.') === path),
    ),
  ),
]
  .map((path) => path.split('.'))
  .filter((path) => !['nodes', 'contexts'].includes(path.at(-1) ?? ''))
  .filter((path) => !['labels', 'timelineItems', 'commits', 'files'].includes(path.join('.')));

const UNREADABLE: readonly unknown[] = [
  null,
  undefined,
  true,
  -1,
  0.5,
  2 ** 64,
  '',
  'constructor',
  'A_WORD_OF_NEXT_YEAR',
  '0001-01-01T00:00:00Z',
  '+012026-01-01T00:00:00Z',
  'x'.repeat(4_000),
  [],
  {},
];

function read(path: readonly string[], value: unknown) {
  return {
    where: path.join('.'),
    ...mapPullRequest(withLeaf(FULL, path, value) as PullRequestNode),
  };
}

describe('a pull request stands', () => {
  it.each(NODES.map((path) => [path.join('.'), path] as const))('without %s', (_, path) => {
    for (const value of UNREADABLE) {
      expect(read(path, value)).toMatchObject({ ok: true, fact: { number: 17 } });
    }
  });

  it.each(OBJECTS.map((path) => [path.join('.'), path] as const))(
    'without all of %s',
    (_, path) => {
      for (const value of [null, undefined, 7, 'x', [], {}]) {
        expect(read(path, value)).toMatchObject({ ok: true, fact: { number: 17 } });
      }
    },
  );

  it('and its neighbours are kept, whichever entry cannot be read', () => {
    const fact = factOf({
      labels: rawList([{ name: 7 }, { name: 'bug' }]),
      timelineItems: rawList([
        rawReview({ submittedAt: 'x' }),
        rawReview({ fullDatabaseId: '-1' }),
        rawReview({ fullDatabaseId: '5' }),
        rawComment({ createdAt: 'x' }),
        rawComment(),
        rawEvent('ClosedEvent', { id: 7 }),
        rawEvent('ClosedEvent'),
      ]),
      commits: rawList([{ commit: null }, rawCommit()]),
      files: rawList([rawFile({ additions: -1 }), rawFile({ path: 'a.ts' })]),
      statusCheckRollup: rawChecks([{ __typename: 'MergeQueueCheck' }, rawCheck()]),
    });
    expect(fact.labels).toEqual(['bug']);
    expect(fact.reviews.map(({ githubId }) => githubId)).toEqual([5n]);
    expect(fact.comments).toHaveLength(1);
    expect(fact.events).toHaveLength(1);
    expect(fact.commits).toHaveLength(1);
    expect(fact.files?.map(({ path }) => path)).toEqual(['a.ts']);
    expect(fact.checks?.map(({ name }) => name)).toEqual(['test']);
    expect(gapsOf(fact)).toEqual([
      'TIMELINE PullRequestReview:3000000001 entry',
      'TIMELINE PullRequestReview:-1 entry',
      'TIMELINE IssueComment:3000000002 entry',
      'TIMELINE 7 entry',
      'COMMITS #0 entry',
      'FILES src/index.ts entry',
      'LABELS 7 entry',
      'CHECKS #0 entry',
    ]);
  });

  it('without a gap where everything can be read', () => {
    expect(mapPullRequest(fullPullRequest())).toMatchObject({ ok: true, fact: { gaps: [] } });
  });
});

function gapsOf({ gaps }: PullRequestFact): string[] {
  return gaps.map(({ list, item, field }) => `${list} ${item} ${field}`);
}

function words({ gaps }: PullRequestFact): (string | null)[] {
  return gaps.map(({ word }) => word);
}

const timeline = (item: object) => factOf({ timelineItems: rawList([item]) });
const checks = (check: object) => factOf({ statusCheckRollup: rawChecks([check]) });

describe('a word that is not known', () => {
  it('of a check is UNKNOWN, and kept beside it', () => {
    const fact = checks(rawCheck({ conclusion: 'TIRED' }));
    expect(fact.checks).toMatchObject([
      { status: 'COMPLETED', conclusion: 'UNKNOWN', conclusionRaw: 'TIRED', statusRaw: null },
    ]);
    expect(fact.gaps).toMatchObject([
      { list: 'CHECKS', item: 'CHECK_RUN:CR_1', field: 'check.conclusion', word: 'TIRED' },
    ]);
    expect(checks(rawCheck({ status: 'DREAMING' })).checks).toMatchObject([
      { status: 'UNKNOWN', statusRaw: 'DREAMING', conclusion: null, conclusionRaw: null },
    ]);
    const status = { __typename: 'StatusContext', context: 'ci', state: 'LATE', createdAt: null };
    expect(checks(status).checks).toMatchObject([
      { checkId: 'STATUS:ci', status: 'UNKNOWN', statusRaw: 'LATE', conclusion: null },
    ]);
  });

  it.each(['constructor', 'toString', '__proto__', 'success'])('is %s, too', (word) => {
    expect(words(checks(rawCheck({ status: word, conclusion: word })))).toEqual([word]);
    expect(words(checks(rawCheck({ conclusion: word })))).toEqual([word]);
    expect(words(timeline(rawReview({ state: word })))).toEqual([word]);
  });

  it('of all checks together is UNKNOWN', () => {
    const fact = factOf({ statusCheckRollup: rawChecks([rawCheck()], 'RESTING') });
    expect(fact).toMatchObject({ checkState: 'UNKNOWN', checkStateRaw: 'RESTING' });
    expect(gapsOf(fact)).toEqual(['CHECKS all checks.state']);
  });

  it('of a review is a comment, which is no approval', () => {
    const fact = timeline(rawReview({ state: 'APPLAUDED' }));
    expect(fact.reviews).toMatchObject([{ state: 'COMMENTED', stateRaw: 'APPLAUDED' }]);
    expect(words(fact)).toEqual(['APPLAUDED']);
  });

  it('of a file is UNKNOWN', () => {
    const fact = factOf({ files: rawList([rawFile({ changeType: 'MOVED' })]) });
    expect(fact.files).toMatchObject([{ changeType: 'UNKNOWN', changeTypeRaw: 'MOVED' }]);
    expect(words(fact)).toEqual(['MOVED']);
  });

  it('is kept as far as a word goes, as text that can be stored', () => {
    const [gap] = checks(rawCheck({ conclusion: `\0${'x'.repeat(1_000_000)}` })).gaps;
    expect(gap?.word).toBe(`\uFFFD${'x'.repeat(99)}`);
  });
});

describe('a check that is completed', () => {
  it('and has no conclusion yet is UNKNOWN, without a word', () => {
    const fact = checks(rawCheck({ conclusion: null }));
    expect(fact.checks).toMatchObject([
      { status: 'COMPLETED', conclusion: 'UNKNOWN', conclusionRaw: null },
    ]);
    expect(fact.gaps).toMatchObject([{ field: 'check.conclusion', word: null }]);
  });

  it('in the year 1 was completed nobody knows when', () => {
    const completedAt = '0001-01-01T00:00:00Z';
    const fact = checks(rawCheck({ startedAt: completedAt, completedAt }));
    expect(fact.checks).toMatchObject([
      { conclusion: 'SUCCESS', startedAt: null, completedAt: null },
    ]);
    expect(gapsOf(fact)).toEqual([
      'CHECKS CHECK_RUN:CR_1 check.startedAt',
      'CHECKS CHECK_RUN:CR_1 check.completedAt',
    ]);
  });
});

describe('what no index holds', () => {
  it('is a path of 4,000 characters: it is shortened, and two of them stay two', () => {
    const long = `src/${'ä'.repeat(4_000)}`;
    const paths = [`${long}/CLAUDE.md`, `${long}/index.ts`];
    const fact = factOf({ files: rawList(paths.map((path) => rawFile({ path }))) });
    const kept = fact.files?.map(({ path }) => path) ?? [];
    expect(new Set(kept).size).toBe(2);
    for (const path of kept) {
      expect(path.startsWith('src/äää')).toBe(true);
      expect(new TextEncoder().encode(path).length).toBeLessThanOrEqual(2_500);
    }
    expect(fact.files?.map(({ category }) => category)).toEqual(['DOCS', 'JAVASCRIPT']);
    expect(fact.gaps.map(({ field }) => field)).toEqual(['path', 'path']);
    expect(fact.aiSignals.map(({ location }) => location)).toEqual([`file:${kept[0]}`]);
  });

  it.each<[string, PullRequestFact, Partial<PullRequestFact>]>([
    ['an event', timeline(rawEvent('ClosedEvent', { id: 'x'.repeat(2_501) })), { events: [] }],
    ['a check', checks(rawCheck({ id: 'x'.repeat(2_501) })), { checks: [] }],
    ['a login', factOf({ author: rawActor({ login: 'x'.repeat(2_501) }) }), { author: GHOST }],
  ])('is %s, which is left out', (_, fact, expected) => {
    expect(fact).toMatchObject(expected);
    expect(fact.gaps).toHaveLength(1);
    expect(isShort(fact.gaps)).toBe(true);
  });

  it('is a label, or a status, which is shortened', () => {
    const long = 'x'.repeat(2_501);
    const fact = factOf({ labels: rawList([{ name: long }, { name: `${long}y` }]) });
    expect(new Set(fact.labels).size).toBe(2);
    const status = { __typename: 'StatusContext', context: long, state: 'SUCCESS' };
    expect(checks({ ...status, createdAt: '2025-12-16T11:00:00Z' }).checks).toHaveLength(1);
  });
});

function isShort(gaps: readonly GapFact[]): boolean {
  return gaps.every(({ item, reason }) => Buffer.byteLength(item) <= 300 && reason.length <= 500);
}

it('a commit of the year 12026 is dated by its other date, and without one is left out', () => {
  const authoredDate = '12026-01-01T00:00:00Z';
  const dated = factOf({ commits: rawList([rawCommit({ authoredDate })]) });
  expect(dated.commits).toMatchObject([{ authoredAt: new Date('2025-12-15T09:00:00Z') }]);
  expect(dated.gaps).toMatchObject([{ list: 'COMMITS', field: 'authoredDate', word: null }]);
  const lost = factOf({
    commits: rawList([rawCommit({ authoredDate, committedDate: authoredDate })]),
  });
  expect(lost.commits).toEqual([]);
  expect(lost.gaps).toMatchObject([{ list: 'COMMITS', field: 'entry' }]);
});
