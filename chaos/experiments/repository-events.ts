import type { AccountData, GitHubData, RepositoryData } from '../../src/demo/core/github-data.ts';
import type { Fault } from '../../src/demo/fake-github/fake-github.ts';
import {
  invariants,
  toVerdict,
  makeHistory,
  openWorld,
  runBackfill,
  type Check,
  type Experiment,
} from '../experiment.ts';
import { startWorkerProcess } from '../worker.ts';

/** Requests that may be made of what is gone, so that there is no storm. */
const MOST_REQUESTS = 3;

interface RepositoryEvent {
  readonly name: string;
  /** The repository afterwards; null when it is gone. */
  readonly change: (repository: RepositoryData) => RepositoryData | null;
  /** Answers instead of GitHub's own, for as long as the event lasts. */
  readonly fault?: Fault;
  readonly outcome: RegExp;
  readonly state: string;
  /** What an admin reads. */
  readonly reason: RegExp | null;
}

const OTHER_OWNER = 'acme-labs';

const EVENTS: readonly RepositoryEvent[] = [
  {
    name: 'renamed',
    change: (repository) => ({ ...repository, name: `${repository.name}-renamed` }),
    outcome: /COMPLETED/,
    state: 'ACTIVE',
    reason: null,
  },
  {
    name: 'transferred',
    change: (repository) => ({ ...repository, owner: OTHER_OWNER }),
    outcome: /COMPLETED/,
    state: 'ACTIVE',
    reason: null,
  },
  {
    name: 'default branch changed',
    change: (repository) => ({ ...repository, defaultBranch: 'trunk' }),
    outcome: /COMPLETED/,
    state: 'ACTIVE',
    reason: null,
  },
  {
    name: 'archived',
    change: (repository) => ({ ...repository, isArchived: true }),
    outcome: /COMPLETED/,
    state: 'ARCHIVED',
    reason: null,
  },
  {
    name: 'deleted, or made private',
    change: () => null,
    outcome: /fail/i,
    state: 'GONE',
    reason: /deleted|may not see/,
  },
  {
    name: 'made private, 403',
    change: (repository) => repository,
    fault: { status: 403, body: { message: 'Resource not accessible by personal access token' } },
    outcome: /fail/i,
    state: 'FORBIDDEN',
    reason: /read access|authorise/,
  },
  {
    name: 'blocked, 451',
    change: (repository) => repository,
    fault: { status: 451, body: { message: 'Repository access blocked' } },
    outcome: /fail/i,
    state: 'FORBIDDEN',
    reason: /\S/,
  },
];

/** F13: what can happen to a repository between two syncs. */
export const repositoryEvents: Experiment = {
  id: 'F13',
  fault: 'repository renamed, transferred, deleted, made private, blocked, archived, empty',
  async run(lab) {
    const { source: made, first: request } = makeHistory(lab);
    const source = withSecondOwner(made);
    const [repository] = source.repositories;
    const checks: Check[] = [];
    const measured: string[] = [];
    for (const event of EVENTS) {
      lab.onProgress(`F13: ${event.name}`);
      const world = await openWorld(lab, { source });
      const worker = await startWorkerProcess(lab, world);
      await runBackfill(world, request);
      const before = await world.maintenance.pullRequest.count();
      world.github.setSource(changeFirst(source, event.change));
      if (event.fault !== undefined) {
        world.github.failNext(event.fault, MOST_REQUESTS + 1);
      }
      const asked = countRequests(world.github.stats().requests);
      // All repositories of the team, as the hourly schedule syncs them.
      const outcome = await runBackfill(world, { ...request, repositories: [] });
      const requests = countRequests(world.github.stats().requests) - asked;
      const rows = await world.maintenance.repository.findMany();
      const after = await world.maintenance.pullRequest.count();
      await worker.kill();
      checks.push(...(await invariants(world)));
      await world.close();
      const [row] = rows;
      const wanted = event.change(repository ?? fail());
      measured.push(`${event.name}: ${row?.syncState}, ${requests} requests`);
      const isGone = event.reason !== null;
      checks.push(
        { what: `${event.name}: outcome ${outcome}`, holds: event.outcome.test(outcome) },
        { what: `${event.name}: state ${row?.syncState}`, holds: row?.syncState === event.state },
        { what: `${event.name}: ${rows.length} rows of it`, holds: rows.length === 1 },
        {
          what: `${event.name}: named ${row?.owner}/${row?.name}`,
          holds: isGone || (row?.owner === wanted?.owner && row?.name === wanted?.name),
        },
        {
          what: `${event.name}: "${row?.syncReason}"`,
          holds: event.reason === null || event.reason.test(row?.syncReason ?? ''),
        },
        { what: `${event.name}: ${before} rows became ${after}`, holds: before === after },
        { what: `${event.name}: ${requests} requests`, holds: requests <= MOST_REQUESTS },
      );
    }
    return toVerdict(
      'renamed and transferred keep their row; gone and forbidden say why, keep the data, and are asked 3 times at most',
      measured.join('; '),
      checks,
    );
  },
};

function fail(): never {
  throw new Error('the demo organisation has no repository');
}

function countRequests(requests: { readonly rest: number; readonly graphql: number }): number {
  return requests.rest + requests.graphql;
}

function withSecondOwner(source: GitHubData): GitHubData {
  const [first] = source.accounts;
  const owner: AccountData = {
    kind: 'Organization',
    databaseId: 900_001,
    login: OTHER_OWNER,
    name: null,
    url: `https://github.example/${OTHER_OWNER}`,
    createdAt: first?.createdAt ?? '2023-01-01T00:00:00Z',
  };
  return { ...source, accounts: [...source.accounts, owner] };
}

function changeFirst(
  source: GitHubData,
  change: (repository: RepositoryData) => RepositoryData | null,
): GitHubData {
  const [first, ...others] = source.repositories;
  const changed = first === undefined ? null : change(first);
  return { ...source, repositories: changed === null ? others : [changed, ...others] };
}
