import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { importHistory, type PlannedCommit } from '../../../unit/domain/delivery/git-history.ts';
import { SINCE, useStageWorlds } from '../stage-world.ts';
import { deploymentsOf, historySource, instant, START } from './history-source.ts';

const open = useStageWorlds();
const hasGit = spawnSync('git', ['--version']).status === 0;

/**
 * A main line with branches that are merged, some of them begun long before, one by an octopus; a release branch every
 * sixty commits with picked changes; and clocks that are wrong now and then.
 */
function plan() {
  const commits: PlannedCommit[] = [];
  const add = (parents: readonly number[]): number => {
    const index = commits.length;
    const skew = index % 17 === 0 ? -4_000 : index % 23 === 0 ? 3_000 : 0;
    commits.push({ parents, committedAt: START + index * 60 + skew });
    return index;
  };
  let main = add([]);
  const line = [main];
  const releases: number[][] = [];
  for (let change = 1; change <= 150; change += 1) {
    if (change % 3 === 0) {
      // A branch of two commits from up to twenty changes ago.
      const from = line.at(-1 - (change % 20)) ?? 0;
      const side = add([add([from])]);
      const also = change % 30 === 0 ? [add([line.at(-2) ?? 0]), add([line.at(-4) ?? 0])] : [];
      main = add([main, side, ...also]);
    } else {
      main = add([main]);
    }
    line.push(main);
    if (change % 60 === 0) {
      let release = main;
      releases.push(Array.from({ length: 4 }, () => (release = add([release]))));
    }
  }
  return { commits, line, releases };
}

describe.runIf(hasGit)('the ranges of a repository that git made', () => {
  it('are those of `git rev-list`, most of them without a comparison', async () => {
    const { commits, line, releases } = plan();
    const git = importHistory(commits);
    const shaOf = (index: number): string => git.shas[index] ?? '';
    const history = commits.map(({ parents, committedAt }, index) => ({
      oid: shaOf(index),
      parents: parents.map(shaOf),
      at: instant(committedAt),
    }));
    const production = deploymentsOf(line.filter((_, index) => index % 3 === 0).map(shaOf));
    const staging = deploymentsOf(
      line.filter((_, index) => index % 2 === 0).map(shaOf),
      'staging',
      200,
    );
    const released = deploymentsOf(releases.flat().map(shaOf), 'release', 500);
    const deployments = [...production, ...staging, ...released];
    const of = await open(historySource(history, deployments));
    await of.syncPullRequests(SINCE);
    const before = of.github.stats().requests;
    await of.run('DEPLOYMENTS');
    const after = of.github.stats().requests;
    const stored = (await of.rows(`SELECT d.sha, b.sha,
        array(SELECT c.sha FROM deployment_commit c WHERE c.deployment_id = d.github_id ORDER BY c.sha)
      FROM deployment d JOIN deployment b ON b.github_id = d.compared_with_id
      WHERE d.compare_state = 'COMPARED'`)) as [string, string, string[]][];
    expect(stored).toHaveLength(deployments.length - 3);
    for (const [head, base, shas] of stored) {
      expect(shas).toEqual(git.range(base, head));
    }
    const pages = Math.ceil(deployments.length / 50);
    const requests = {
      history: after.graphql - before.graphql - pages,
      compared: after.rest - before.rest,
    };
    expect(requests.history + requests.compared).toBeLessThan(stored.length / 8);
  });
});
