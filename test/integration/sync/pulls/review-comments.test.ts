import { afterEach, describe, expect, it } from 'vitest';
import { setStagesDue } from '../../../../src/db/sync/repository-stages.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import type { ReviewCommentData } from '../../../../src/demo/core/github-data.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { openStageWorld, type StageWorld } from '../stage-world.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const SINCE = new Date('2026-02-01T00:00:00Z');

let world: StageWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const at = (second: number): string =>
  new Date(Date.UTC(2026, 2, 2, 0, 0, second)).toISOString().replace('.000', '');

function aComment(databaseId: number, given: Partial<ReviewCommentData> = {}): ReviewCommentData {
  return {
    databaseId,
    reviewId: null,
    author: 'bo',
    authorAssociation: 'MEMBER',
    createdAt: at(databaseId),
    body: `Comment ${databaseId}`,
    path: 'src/index.ts',
    ...given,
  };
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

async function open(comments: readonly ReviewCommentData[]): Promise<StageWorld> {
  world = await openStageWorld(aSource([aPullRequest(1, { reviewComments: comments })]), NOW);
  return world;
}

const IDS = 'SELECT github_id::int FROM comment ORDER BY github_id';

describe('review comments', () => {
  it('are all stored, also where three hundred share a second, and when it is killed after each commit', async () => {
    // A bulk import: 300 in one second, with others before and behind.
    const comments = range(1, 500).map((id) =>
      aComment(id, { createdAt: at(id < 100 ? id : id < 400 ? 100 : id) }),
    );
    const { syncPullRequests, step, rows, onFailpoint } = await open(comments);
    expect(await syncPullRequests(SINCE)).toContain('REVIEW_COMMENTS');
    onFailpoint((failpoint) => {
      if (failpoint === 'after-commit') {
        throw new Error('killed');
      }
    });
    for (let isOver = false; !isOver;) {
      isOver = await step('REVIEW_COMMENTS').then(
        ({ next }) => next === 'DONE',
        () => false,
      );
      const [[due]] = (await rows(
        `SELECT is_due FROM repository_stage WHERE stage = 'REVIEW_COMMENTS'`,
      )) as [[boolean]];
      isOver ||= !due;
    }
    expect(await rows(IDS)).toEqual(range(1, 500).map((id) => [id]));
    expect(
      await rows(`SELECT watermark FROM repository_stage WHERE stage = 'REVIEW_COMMENTS'`),
    ).toEqual([[new Date(at(499 + 1))]]);
  });

  it('keep their author, position and thread: ghosts, bots, answers', async () => {
    const { syncPullRequests, run, rows } = await open([
      aComment(10, { author: null, reviewId: 7 }),
      aComment(11, { author: 'helper[bot]', replyTo: 10, body: 'a\u0000b' }),
      aComment(12, { author: 'ada', path: 'docs/ü.md' }),
    ]);
    await syncPullRequests(SINCE);
    await run('REVIEW_COMMENTS');
    const stored = await rows(
      `SELECT c.github_id::int, m.login, m.kind, c.path, c.review_id::int, c.reply_to_id::int, c.body
       FROM comment c JOIN member m ON m.team_id = c.team_id AND m.id = c.author_id ORDER BY 1`,
    );
    expect(stored).toEqual([
      [10, 'ghost', 'UNKNOWN', 'src/index.ts', 7, null, 'Comment 10'],
      [11, 'helper', 'BOT', 'src/index.ts', null, 10, 'a\uFFFDb'],
      [12, 'ada', 'HUMAN', 'docs/ü.md', null, null, 'Comment 12'],
    ]);
    expect(await rows(`SELECT name FROM member WHERE login = 'ada'`)).toEqual([['ada the User']]);
  });

  it('that were edited since are read again, and none of pull requests that are not stored', async () => {
    const edited = aComment(20, { editedAt: '2026-03-10T12:30:00Z' });
    const source = aSource([
      aPullRequest(1, { reviewComments: [edited, aComment(21)] }),
      aPullRequest(2, {
        createdAt: '2025-06-01T00:00:00Z',
        updatedAt: '2025-06-02T00:00:00Z',
        reviewComments: [aComment(22)],
      }),
    ]);
    world = await openStageWorld(source, NOW);
    const { syncPullRequests, run, rows, setNow, github } = world;
    await syncPullRequests(SINCE);
    await run('REVIEW_COMMENTS');
    expect(await rows(IDS)).toEqual([[20], [21]]);
    setNow(new Date('2026-03-10T13:00:00Z'));
    await syncPullRequests(SINCE);
    const before = github.stats().requests.rest;
    await run('REVIEW_COMMENTS');
    expect(github.stats().requests.rest).toBe(before + 1);
    expect(await rows(`SELECT updated_at FROM comment WHERE github_id = 20`)).toEqual([
      [new Date('2026-03-10T12:30:00Z')],
    ]);
  });

  it('of pull requests that were opened before `since` are all read, each by one request a version', async () => {
    const old = aPullRequest(1, {
      createdAt: '2025-11-01T00:00:00Z',
      updatedAt: '2026-03-02T00:00:00Z',
      reviewComments: [30, 31].map((id) => aComment(id, { createdAt: '2025-11-02T00:00:00Z' })),
    });
    const recent = aPullRequest(2, { reviewComments: [aComment(32)] });
    world = await openStageWorld(aSource([old, recent]), NOW);
    const { syncPullRequests, setDue, run, rows, github } = world;
    await syncPullRequests(SINCE);
    await run('REVIEW_COMMENTS');
    expect(await rows(IDS)).toEqual([[30], [31], [32]]);
    expect(github.stats().requests.rest).toBe(2);
    // GitHub counts one that it does not list.
    await rows('DELETE FROM comment WHERE github_id = 30');
    await setDue('REVIEW_COMMENTS');
    await run('REVIEW_COMMENTS');
    expect(github.stats().requests.rest).toBe(3);
    expect(await rows(IDS)).toEqual([[31], [32]]);
  });

  it('of a pull request that was opened during the sync are read with it', async () => {
    const early = aPullRequest(1, { reviewComments: [aComment(40)] });
    const late = aPullRequest(2, {
      createdAt: '2026-03-10T12:30:00Z',
      reviewComments: [
        aComment(41, { createdAt: '2026-03-10T12:31:00Z' }),
        aComment(42, { createdAt: '2026-03-10T12:50:00Z' }),
      ],
    });
    world = await openStageWorld(aSource([early, late]), NOW);
    const { syncPullRequests, run, rows, setNow, github } = world;
    await syncPullRequests(SINCE);
    setNow(new Date('2026-03-10T13:00:00Z'));
    await run('REVIEW_COMMENTS');
    expect(await rows(IDS)).toEqual([[40]]);
    expect(await syncPullRequests(SINCE)).toContain('REVIEW_COMMENTS');
    const before = github.stats().requests.rest;
    await run('REVIEW_COMMENTS');
    expect(await rows(IDS)).toEqual([[40], [41], [42]]);
    expect(github.stats().requests.rest).toBe(before + 1);
  });

  it('stay due when a webhook tells of another while they are read', async () => {
    const { syncPullRequests, run, step, rows, onFailpoint, scene, teamId, repositoryId } =
      await open([aComment(50)]);
    await syncPullRequests(SINCE);
    let reported: Promise<void> | undefined;
    onFailpoint((failpoint) => {
      if (failpoint === 'after-fetch') {
        reported ??= withTeam(scene.db, teamId, (tx) =>
          setStagesDue(tx, { teamId, repositoryId }, ['REVIEW_COMMENTS']),
        );
      }
      return reported;
    });
    await step('REVIEW_COMMENTS');
    onFailpoint(null);
    const due = `SELECT is_due FROM repository_stage WHERE stage = 'REVIEW_COMMENTS'`;
    expect(await rows(due)).toEqual([[true]]);
    await run('REVIEW_COMMENTS');
    expect(await rows(due)).toEqual([[false]]);
  });

  const next = { link: '<https://api.github.example/next>; rel="next"' };
  const UNKNOWN = `SELECT reason FROM dead_letter WHERE natural_key = 'unknown' AND reason_code = 'CONTRADICTORY'`;

  it('end with a page that is empty and says that there is more', async () => {
    const { syncPullRequests, run, rows, github } = await open([aComment(60)]);
    await syncPullRequests(SINCE);
    const before = github.stats().requests.rest;
    github.failNext({ status: 200, body: [], headers: next }, 2);
    await run('REVIEW_COMMENTS');
    // The listing, and the comments of the pull request that has fewer than GitHub counts.
    expect(github.stats().requests.rest - before).toBe(2);
    expect(await rows(UNKNOWN)).toEqual([
      ['GitHub lists no review comments, and says that there are more.'],
    ]);
  });

  it('end after a hundred pages of a server that gives the same one again', async () => {
    const { syncPullRequests, step, run, rows, github } = await open([aComment(61)]);
    await syncPullRequests(SINCE);
    const comment = {
      id: 61,
      pull_request_url: `${github.url}/repos/acme/api/pulls/1`,
      pull_request_review_id: null,
      user: { id: 9, login: 'bo', type: 'User' },
      path: 'a.ts',
      body: 'Again',
      created_at: '2026-03-02T00:00:00Z',
      updated_at: '2026-03-02T00:00:00Z',
    };
    const before = github.stats().requests.rest;
    github.failNext({ status: 200, body: [comment], headers: next }, 30);
    expect(await step('REVIEW_COMMENTS')).toEqual({ next: 'MORE' });
    const stage = `repository_stage WHERE stage = 'REVIEW_COMMENTS'`;
    expect(await rows(`SELECT cursor FROM ${stage}`)).toEqual([['2026-03-01T23:59:59.000Z 10']]);
    await rows(`UPDATE repository_stage SET cursor = '2026-03-01T23:59:59.000Z 99'
      WHERE stage = 'REVIEW_COMMENTS'`);
    await run('REVIEW_COMMENTS');
    expect(github.stats().requests.rest - before).toBe(12);
    expect(await rows(UNKNOWN)).toEqual([
      ['GitHub says after 100 pages of review comments that there are more.'],
    ]);
    expect(await rows(IDS)).toEqual([[61]]);
  });
});
