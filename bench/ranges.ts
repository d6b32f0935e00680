import { openWorld, outcomeOf, startBackfill } from '../chaos/experiment.ts';
import type { Lab } from '../chaos/lab.ts';
import type { GitHubData } from '../src/demo/core/github-data.ts';
import { WORLD_TOKEN } from '../test/support/worlds/connected-team.ts';
import { compareRanges } from './baselines/compare-ranges.ts';
import type { Figures } from './figures.ts';
import { DEPLOYED, longHistory, mergedPullRequests, previews } from './range-sources.ts';
import { startMeasuredWorker, type WorkerBuild } from './sync-worker.ts';

export interface RangesBench extends WorkerBuild {
  readonly lab: Lab;
  readonly onProgress: (message: string) => void;
}

const NOW = new Date('2026-06-01T12:00:00Z');
const SINCE = new Date('2000-01-01T00:00:00Z');

/** Limits that are no part of what is measured here. */
const LIMITS = { pointsPerHour: 1_000_000 };

interface RangesCost {
  /** Requests of histories and comparisons. */
  readonly requests: number;
  /** What comparing each range takes. */
  readonly compared: number;
  readonly seconds: number;
}

/** How many requests the commits of deployments take, against one comparison each as it was before. */
export async function benchRanges(
  bench: RangesBench,
  figures: Figures,
  quick: boolean,
): Promise<void> {
  const [deployments, pullRequests] = quick ? [62, 560] : [310, 2_800];
  const merged = await measure(bench, mergedPullRequests(deployments, pullRequests), [
    `ranges of ${deployments} deployments over ${pullRequests} pull requests`,
    deployments,
  ]);
  report(figures, 'merged', merged);
  figures.exactly(
    'ranges.merged.against_compare',
    merged.compared / merged.requests,
    'times fewer',
    {
      // A page is read for the first range as for the last one.
      atLeast: quick ? 7 : 10,
    },
  );

  const [few, commits] = quick ? [10, 4_000] : [50, 100_000];
  const long = await measure(bench, longHistory(few, commits), [
    `ranges of ${few} deployments over ${commits} commits`,
    few,
  ]);
  report(figures, 'long', long);
  figures.exactly('ranges.long.requests', long.requests, 'requests', { atMost: long.compared });

  const environments = quick ? 40 : 1_000;
  const shown = await measure(bench, previews(environments), [
    `ranges of ${environments * 20} deployments of previews`,
    environments * 20,
  ]);
  report(figures, 'previews', shown);
  figures.exactly('ranges.previews.requests', shown.requests, 'requests', {
    atMost: Math.min(shown.compared, Math.ceil((environments * 5) / 50) + environments),
  });
}

function report(figures: Figures, name: string, { requests, compared, seconds }: RangesCost): void {
  if (name === 'merged') {
    figures.report(`ranges.${name}.requests`, requests, 'requests');
  }
  figures.report(`ranges.${name}.compare_requests`, compared, 'requests');
  figures.report(`ranges.${name}.seconds`, seconds, 's');
}

async function measure(
  { lab, onProgress, ...build }: RangesBench,
  source: GitHubData,
  [what, deployments]: readonly [what: string, deployments: number],
): Promise<RangesCost> {
  onProgress(`finding the ${what}`);
  const world = await openWorld(lab, {
    source,
    now: () => NOW,
    heartbeatSeconds: 30,
    limits: LIMITS,
  });
  const workers = await Promise.all([
    startMeasuredWorker(build, world, 'sync'),
    startMeasuredWorker(build, world, 'compute'),
  ]);
  const startedAt = performance.now();
  const run = await startBackfill(world, {
    repositories: [`${DEPLOYED.owner}/${DEPLOYED.repo}`],
    since: SINCE,
  });
  const outcome = await outcomeOf(world, run);
  const seconds = (performance.now() - startedAt) / 1_000;
  const found = await world.maintenance.deployment.count({
    where: { compareState: { in: ['COMPARED', 'FIRST'] } },
  });
  if (outcome !== 'COMPLETED' || found !== deployments) {
    throw new Error(`the sync ended with ${outcome}, and found ${found} of ${deployments} ranges`);
  }
  const { requests, historyRequests } = world.github.stats();
  onProgress(`comparing the ${what}`);
  const compared = await compareRanges({ apiUrl: world.github.url, token: WORLD_TOKEN, source });
  await Promise.all(workers.map((worker) => worker.stop()));
  await world.close();
  return { requests: historyRequests + requests.rest, compared, seconds };
}
