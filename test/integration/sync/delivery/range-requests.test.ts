import { describe, expect, it } from 'vitest';
import type { DeploymentData, HistoryCommitData } from '../../../../src/demo/core/github-data.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';
import { deploymentsOf, historySource, instant, sha, START } from './history-source.ts';
import {
  anyHistory,
  besidePreviews,
  branchPreviews,
  farBranches,
  hotfixes,
  releases,
  straightLine,
  type Plan,
} from './range-plans.ts';

const open = useStageWorlds();

/** The commits that lead to one, itself included. */
function ancestorsOf(parents: Plan['parents'], head: number): ReadonlySet<number> {
  const found = new Set([head]);
  for (const commit of found) {
    for (const parent of parents[commit] ?? []) {
      found.add(parent);
    }
  }
  return found;
}

/** The commits of `git rev-list base..head`. */
function rangeOf(parents: Plan['parents'], base: number, head: number): string[] {
  const before = ancestorsOf(parents, base);
  return [...ancestorsOf(parents, head)]
    .filter((commit) => !before.has(commit))
    .map((commit) => sha(commit + 1))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

/** The first so many deployments of each environment, and what each range of them is. */
function upTo({ parents, deployed, branched = [] }: Plan, count: number) {
  const deployments: DeploymentData[] = [];
  const ranges = new Map<number, readonly string[]>();
  for (const [place, [environment, commits]] of Object.entries(deployed).entries()) {
    const from = 1 + place * 1_000;
    const shown = commits.slice(0, count);
    deployments.push(
      ...deploymentsOf(
        shown.map((commit) => sha(commit + 1)),
        environment,
        from,
      ).map((deployment, index) => {
        // The environments take turns.
        const at = instant(Date.UTC(2026, 2, 1) / 1_000 + index * 600 + place * 60);
        const ref = branched.includes(environment) ? `change-${index}` : deployment.ref;
        return { ...deployment, ref, createdAt: at, statuses: [{ state: 'SUCCESS' as const, at }] };
      }),
    );
    for (const [index, head] of shown.entries()) {
      const base = shown[index - 1];
      if (base !== undefined) {
        ranges.set(from + index, base === head ? [] : rangeOf(parents, base, head));
      }
    }
  }
  return { deployments, ranges };
}

/** What comparing takes: none between equal commits, else a request a hundred commits. */
function comparingCost({ deployed }: Plan, ranges: ReadonlyMap<number, readonly string[]>): number {
  const heads = Object.values(deployed);
  return [...ranges].reduce((sum, [id, shas]) => {
    const commits = heads[Math.floor(id / 1_000)] ?? [];
    const index = (id % 1_000) - 1;
    return commits[index] === commits[index - 1]
      ? sum
      : sum + Math.max(1, Math.ceil(shas.length / 100));
  }, 0);
}

function historyOf({ parents }: Plan): HistoryCommitData[] {
  return parents.map((of, index) => ({
    oid: sha(index + 1),
    parents: of.map((parent) => sha(parent + 1)),
    at: instant(START + index * 10),
  }));
}

/** Runs the stage and answers how many requests for ranges it sent. */
async function requestsOf(of: StageWorld): Promise<number> {
  await of.syncPullRequests(SINCE);
  const before = of.github.stats();
  await of.run('DEPLOYMENTS');
  const after = of.github.stats();
  await of.finish();
  return (
    after.historyRequests - before.historyRequests + after.requests.rest - before.requests.rest
  );
}

async function storedRanges(of: StageWorld): Promise<ReadonlyMap<number, readonly string[]>> {
  const rows = await of.rows(`SELECT d.github_id::int,
      array(SELECT c.sha FROM deployment_commit c WHERE c.deployment_id = d.github_id ORDER BY c.sha)
    FROM deployment d WHERE d.compare_state = 'COMPARED' ORDER BY 1`);
  return new Map(rows as [number, string[]][]);
}

/** Deployments of each environment that a first sync, a second and so on find. */
const SYNCS = [8, 9, 12, 18, 24];

/** The requests of each sync, beside what comparing alone takes. */
async function syncAll(plan: Plan) {
  const history = historyOf(plan);
  const of = await open(historySource(history, []));
  const syncs: { requests: number; comparing: number }[] = [];
  let before = 0;
  for (const count of SYNCS) {
    const { deployments, ranges } = upTo(plan, count);
    of.github.setSource(historySource(history, deployments));
    const requests = await requestsOf(of);
    expect(await storedRanges(of)).toEqual(new Map([...ranges].toSorted(([a], [b]) => a - b)));
    const comparing = comparingCost(plan, ranges);
    syncs.push({ requests, comparing: comparing - before });
    before = comparing;
  }
  return syncs;
}

const SHAPES: readonly [name: string, plan: Plan, most: number][] = [
  ['of one line', straightLine(7), 1],
  ['of one line, each of more than a page', straightLine(130), 1],
  ['of a branch each of three commits', branchPreviews(3), 0.5],
  ['of a branch each of fifteen commits', branchPreviews(15), 1],
  ['of one line beside long branches', besidePreviews({}), 0.75],
  ['of several lines beside long branches', besidePreviews({ lines: 3, branches: 3 }), 0.74],
  ['of one line beside several of long branches', besidePreviews({ branches: 4 }), 0.93],
  [
    'of one line of long ranges beside long branches',
    { ...besidePreviews({ step: 130 }), branched: ['preview-0'] },
    0.91,
  ],
  ['of one line with a hotfix', hotfixes(), 0.25],
  ['of release branches beside the main line', releases(), 0.5],
  ...[1, 2, 3, 4, 5, 6].map((seed): [string, Plan, number] => [
    `of any history (${seed})`,
    anyHistory(seed),
    1,
  ]),
];

describe('requests for the ranges of deployments', () => {
  it.each(SHAPES)('%s are never more than one compare each', async (_, plan, most) => {
    const syncs = await syncAll(plan);
    for (const { requests, comparing } of syncs) {
      expect(requests).toBeLessThanOrEqual(comparing);
    }
    const sum = (key: 'requests' | 'comparing') =>
      syncs.reduce((total, sync) => total + sync[key], 0);
    expect(sum('requests')).toBeLessThanOrEqual(most * sum('comparing'));
  });

  it('of branches that are far apart are one more once, which is remembered', async () => {
    const syncs = await syncAll(farBranches());
    const [first, ...later] = syncs.map(({ requests, comparing }) => requests - comparing);
    expect([first, ...later]).toEqual([1, ...later.map(() => 0)]);
  });

  it('of branches that are far apart are no more where many environments were before', async () => {
    const plan = farBranches();
    const history = historyOf(plan);
    const of = await open(historySource(history, upTo(plan, 1).deployments));
    await requestsOf(of);
    await of.rows(`UPDATE repository_stage SET history_debts =
      (SELECT jsonb_agg(jsonb_build_object('environment', 'preview-' || n, 'debt', 1)) FROM generate_series(1, 8) n)
      WHERE stage = 'DEPLOYMENTS' RETURNING 1`);
    const { deployments, ranges } = upTo(plan, 8);
    of.github.setSource(historySource(history, deployments));
    expect(await requestsOf(of)).toBe(comparingCost(plan, ranges));
  });
});
