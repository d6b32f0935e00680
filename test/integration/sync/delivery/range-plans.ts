/** Numbers from 0 to 1, the same each time. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Commits by their order, and what was deployed of them, oldest first. */
export interface Plan {
  readonly parents: number[][];
  /** By environment. */
  readonly deployed: Readonly<Record<string, readonly number[]>>;
  /** The environments that are deployed from other branches than the default one, as GitHub tells it. */
  readonly branched?: readonly string[];
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
export function branchPreviews(own: number): Plan {
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
export function farBranches(): Plan {
  const graph = new Graph();
  const first = graph.line(null, 1);
  const staging = Array.from({ length: 24 }, () => graph.line(first, 130));
  return { parents: graph.parents, deployed: { staging } };
}

export function straightLine(step: number): Plan {
  const graph = new Graph();
  const production = Array.from({ length: 24 }, () => 0);
  let last: number | null = null;
  for (const index of production.keys()) {
    last = graph.line(last, step);
    production[index] = last;
  }
  return { parents: graph.parents, deployed: { production } };
}

/** Environments on the main line, each deployed as often, beside those of long branches: `lines` and `branches` of them. */
export function besidePreviews({ lines = 1, branches = 1, step = 7 }): Plan {
  const graph = new Graph();
  const deployed: Record<string, number[]> = {};
  let main = graph.line(null, 5);
  for (let deployment = 0; deployment < 24; deployment += 1) {
    for (let preview = 0; preview < branches; preview += 1) {
      (deployed[`preview-${preview}`] ??= []).push(graph.line(main, 130));
    }
    main = graph.line(main, step);
    for (let line = 0; line < lines; line += 1) {
      (deployed[`production-${line}`] ??= []).push(main);
    }
  }
  return { parents: graph.parents, deployed };
}

/** A line off which now and then something is mended that was deployed before. */
export function hotfixes(): Plan {
  const graph = new Graph();
  const production: number[] = [];
  let main = graph.line(null, 5);
  for (let deployment = 0; deployment < 24; deployment += 1) {
    const before = main;
    main = graph.line(main, 7);
    production.push(deployment === 5 ? graph.line(before, 1) : main);
  }
  return { parents: graph.parents, deployed: { production } };
}

/** Release branches with commits of their own, production and staging on the main line. */
export function releases(): Plan {
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
export function anyHistory(seed: number): Plan {
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
