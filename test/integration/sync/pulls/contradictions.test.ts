import { expect, it } from 'vitest';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { setStagesDue } from '../../../../src/db/sync/repository-stages.ts';
import { rawPullRequest } from '../../../unit/github/pulls/raw-facts.ts';
import { aSource } from '../../../unit/demo/small-world.ts';
import { answerWith } from './answered-page.ts';
import { at, pull, times } from './long-pull-requests.ts';
import { SINCE, useStageWorlds } from '../stage-world.ts';

const SMALL = { reviews: 1, comments: 1, commits: 1, files: 1, labels: 1 };
const PULLS = times(3, (index) => pull(index + 1, SMALL, { updatedAt: at(index * 1_000) }));

const open = useStageWorlds();

const RUNS = 'SELECT status FROM sync_run WHERE repository_id IS NOT NULL ORDER BY id';
const OPEN = `SELECT natural_key, reason_code, reason FROM dead_letter WHERE resolved_at IS NULL ORDER BY 1`;
const STORED = 'SELECT number FROM pull_request ORDER BY 1';

it('86 pull requests under one number are no pull request, and a partial sync that says so', async () => {
  const of = await open(aSource(PULLS));
  const nodes = times(86, () => rawPullRequest({ number: 2, updatedAt: at(1_000) }));
  of.github.failNext(answerWith({ totalCount: 86, nodes }));
  await of.syncPullRequests(SINCE);
  expect(await of.rows(RUNS)).toEqual([['PARTIAL']]);
  expect(await of.rows(STORED)).toEqual([]);
  expect(await of.rows(OPEN)).toEqual([
    ['2', 'CONTRADICTORY', 'GitHub lists pull request 2 86 times in one answer.'],
    [
      'unknown',
      'CONTRADICTORY',
      'GitHub lists a pull request more than once in one answer, maybe in place of others.',
    ],
  ]);
  // The next sync asks for it by its number.
  await of.syncPullRequests(SINCE);
  expect(await of.rows(STORED)).toEqual([[1], [2], [3]]);
  expect(await of.rows(OPEN)).toEqual([]);
  expect((await of.rows(RUNS)).at(-1)).toEqual(['COMPLETED']);
});

it('no list, and no error, is no empty repository: the sync is partial, and the next one reads all of it', async () => {
  const of = await open(aSource(PULLS));
  of.github.failNext(answerWith({ totalCount: 3, nodes: null }));
  await of.syncPullRequests(SINCE);
  expect(await of.rows(RUNS)).toEqual([['PARTIAL']]);
  expect(await of.rows(OPEN)).toEqual([
    ['unknown', 'CONTRADICTORY', "GitHub's answer has no list of pull requests, of 3 in all."],
  ]);
  await of.syncPullRequests(SINCE);
  expect(await of.rows(STORED)).toEqual([[1], [2], [3]]);
  expect((await of.rows(RUNS)).at(-1)).toEqual(['COMPLETED']);
});

it('no list of releases deletes none of those that are stored', async () => {
  const of = await open(aSource(PULLS));
  await withTeam(of.scene.db, of.teamId, (tx) => setStagesDue(tx, of, ['RELEASES']));
  await of.syncPullRequests(SINCE);
  await of.scene.sql.query(
    `INSERT INTO release (team_id, repository_id, github_id, tag, url, is_draft, is_prerelease, created_at, synced_at)
    VALUES ($1, $2, 9, 'v1', 'https://github.test/v1', false, false, $3, now())`,
    [of.teamId, of.repositoryId, at(0)],
  );
  const releases = { pageInfo: { hasNextPage: false, endCursor: null }, nodes: null };
  of.github.failNext({
    status: 200,
    body: { data: { rateLimit: null, repository: { releases } } },
  });
  await of.run('RELEASES');
  expect(await of.finish()).toBe('PARTIAL');
  expect(await of.rows('SELECT tag FROM release')).toEqual([['v1']]);
  expect(await of.rows('SELECT entity, natural_key FROM dead_letter')).toEqual([
    ['releases', 'unknown'],
  ]);
});
