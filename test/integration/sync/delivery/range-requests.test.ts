import { describe, expect, it } from 'vitest';
import type { DeploymentData, HistoryCommitData } from '../../../../src/demo/core/github-data.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';
import { deploymentsOf, historySource, instant, sha, START } from './history-source.ts';

const open = useStageWorlds();

/** Numbers from 0 to 1, the same each time. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Commits by their order, and what was deployed of them, oldest first. */
interface Plan {
  readonly parents: number[][];
  /** By environment. */
  readonly deployed: Readonly<Record<string, readonly number[]>>;
}

class Graph {
  readonly parents: number[][] = [];

  /** A commit that follows on these. */
  add(...parents: readonly number[]): number {
    return this.parents.push([...parents]) - 1;
  }

  /** So many commits in a line, the last of which it answers. */
  line(from: number | null, commits: number): number {
    let last = from;
    for (let left = commits; left > 0; left -= 1) {
      last = last === null ? this.add() : this.add(last);
    }
    return last ?? this.add();
  }
}

/** Every deployment is of another branch off the main line, which moves on meanwhile. */
function branchPreviews(own: number): Plan {
  const graph = new Graph();
  let main = graph.line(null, 30);
  const staging: number[] = [];
  for (let deployment = 0; deployment < 24; deployment += 1) {
    staging.push(graph.line(main, own));
    main = graph.line(main, 2);
  }
  return { parents: graph.parents, deployed: { staging } };
}

/** Branches that have nothing in common with one another but their first commit, and many commits each. */
function farBranches(): Plan {
  const graph = new Graph();
  const first = graph.line(null, 1);
  const staging = Array.from({ length: 24 }, () => graph.line(first, 130));
  return { parents: graph.parents, deployed: { staging } };
}

function straightLine(step: number): Plan {
  const graph = new Graph();
  const production = Array.from({ length: 24 }, () => 0);
  let last: number | null = null;
  for (const index of production.keys()) {
    last = graph.line(last, step);
    production[index] = last;
  }
  return { parents: graph.parents, deployed: { production } };
}

/** Release branches with commits of their own, production and staging on the main line. */
function releases(): Plan {
  const graph = new Graph();
  const deployed = { production: [] as number[], release: [] as number[], staging: [] as number[] };
  let main = graph.line(null, 5);
  for (let version = 0; version < 8; version += 1) {
    for (let change = 0; change < 3; change += 1) {
      main = graph.line(main, 4);
      deployed.staging.push(main);
    }
    deployed.production.push(main);
    let branch = main;
    for (let patch = 0; patch < 3; patch += 1) {
      branch = graph.add(branch);
      deployed.release.push(branch);
    }
  }
  return { parents: graph.parents, deployed };
}

/** Any commit follows on one or two earlier ones, near or far, and any commit is deployed to any environment. */
function anyHistory(seed: number): Plan {
  const random = randomOf(seed);
  const graph = new Graph();
  graph.add();
  for (let commit = 1; commit < 400; commit += 1) {
    const reach = random() < 0.15 ? commit : Math.min(commit, 6);
    const near = commit - 1 - Math.floor(random() * reach);
    const far = commit - 1 - Math.floor(random() * Math.min(commit, 40));
    graph.add(...new Set(random() < 0.3 ? [near, far] : [near]));
  }
  const deployed = Object.fromEntries(
    ['production', 'qa', 'staging'].map((environment) => {
      const commits = Array.from({ length: 20 }, (_, index) =>
        Math.min(399, index * 20 + Math.floor(random() * 25)),
      );
      return [environment, commits] as const;
    }),
  );
  return { parents: graph.parents, deployed };
}

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
function upTo({ parents, deployed }: Plan, count: number) {
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
        return { ...deployment, createdAt: at, statuses: [{ state: 'SUCCESS' as const, at }] };
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
});
