import { afterAll, beforeAll, expect, test } from 'vitest';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { findOpenHeads } from '../../../../src/db/webhooks/webhook-targets.ts';
import { aPullRequest } from '../../../support/rows/facts.ts';
import { addTeam, openScene, type Scene, type SceneTeam } from '../scene.ts';
import { store } from '../stored-rows.ts';

let scene: Scene;
let team: SceneTeam;

beforeAll(async () => {
  scene = await openScene();
  team = await addTeam(scene.sql, 'heads');
  await store(scene.db, team, [
    aPullRequest({ number: 1, headBranch: 'topic' }),
    aPullRequest({ number: 2, headBranch: 'topic', baseBranch: 'release' }),
    aPullRequest({ number: 3, headBranch: 'topic', closedAt: new Date('2026-01-02T00:00:00Z') }),
    aPullRequest({ number: 4, headBranch: 'main' }),
    aPullRequest({ number: 5, headBranch: 'main', baseBranch: 'release', headSha: 'five' }),
  ]);
});
afterAll(() => scene.close());

const find = (branches: readonly string[], commits: readonly string[] = []) =>
  withTeam(scene.db, team.teamId, (tx) => findOpenHeads(tx, team, { branches, commits }));

test('a push is about the open pull requests from its branch', async () => {
  expect((await find(['topic'])).map(({ number }) => number)).toEqual([1, 2]);
});

test('a push is not about pull requests of forks to the branch of the same name', async () => {
  expect(await find(['main'])).toEqual([{ number: 5, branch: 'main', sha: 'five' }]);
});

test('a check is about the open pull requests with its commit, also those of forks', async () => {
  const { headSha } = aPullRequest({ number: 4 });
  expect(await find([], [headSha, 'five'])).toEqual([
    { number: 4, branch: null, sha: headSha },
    { number: 5, branch: 'main', sha: 'five' },
  ]);
});
