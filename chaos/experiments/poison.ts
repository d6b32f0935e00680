import type { GitHubData } from '../../src/demo/core/github-data.ts';
import {
  invariants,
  toVerdict,
  makeHistory,
  NOW,
  openWorld,
  runBackfill,
  type Experiment,
} from '../experiment.ts';
import { startWorkerProcess } from '../worker.ts';

const HOUR_MS = 3_600_000;

/** F19: one pull request that can never be stored, among many. */
export const poison: Experiment = {
  id: 'F19',
  fault: 'a poison pull request',
  async run(lab) {
    const { source, first: request } = makeHistory(lab);
    const [repository] = source.repositories;
    const victim = repository?.pullRequests.findLast(
      ({ createdAt, mergedAt }) =>
        mergedAt !== null &&
        mergedAt < NOW.toISOString() &&
        createdAt > request.since.toISOString(),
    );
    const world = await openWorld(lab, {
      source: poisoned(source, victim?.number ?? 0),
    });
    const worker = await startWorkerProcess(lab, world);
    lab.onProgress('F19: the sync with the poison');
    const first = await runBackfill(world, request);
    const stored = await world.maintenance.pullRequest.count();
    const [letter] = await world.maintenance.deadLetter.findMany();
    const second = await runBackfill(world, request);
    const [again] = await world.maintenance.deadLetter.findMany();
    world.github.setSource(source);
    // Hourly syncs try it again once no sync has for half an hour.
    await world.maintenance.deadLetter.updateMany({
      data: { lastSeenAt: new Date(Date.now() - HOUR_MS) },
    });
    lab.onProgress('F19: the sync after it was repaired');
    const third = await runBackfill(world, request);
    const repaired = await world.maintenance.pullRequest.count();
    const open = await world.maintenance.deadLetter.count({ where: { resolvedAt: null } });
    await worker.kill();
    const broken = await invariants(world);
    await world.close();
    return toVerdict(
      'all others stored, one in dead_letter with its reason, the sync PARTIAL; the next tries it again and is COMPLETED; once it can be stored it is gone from there',
      `${stored} stored, one dead-lettered ("${letter?.reason}"), outcomes ${first}, ${second}, ${third}; then ${repaired} stored`,
      [
        ...broken,
        { what: `outcome ${first}`, holds: first === 'PARTIAL' },
        { what: `outcome ${second} of what was known`, holds: second === 'COMPLETED' },
        { what: 'no dead letter', holds: letter?.naturalKey === String(victim?.number) },
        { what: 'it was not tried again', holds: (again?.attempts ?? 0) > (letter?.attempts ?? 0) },
        { what: `outcome ${third} after it was repaired`, holds: third === 'COMPLETED' },
        { what: `${repaired - stored} came in`, holds: repaired === stored + 1 },
        { what: `${open} dead letters left`, holds: open === 0 },
      ],
    );
  },
};

/** The same with a pull request whose id no database can hold. */
function poisoned(source: GitHubData, number: number): GitHubData {
  const [first, ...others] = source.repositories;
  return first === undefined
    ? source
    : {
        ...source,
        repositories: [
          {
            ...first,
            pullRequests: first.pullRequests.map((pullRequest) =>
              pullRequest.number === number ? { ...pullRequest, databaseId: 0 } : pullRequest,
            ),
          },
          ...others,
        ],
      };
}
