import {
  toInstant,
  type CommitData,
  type GitHubData,
  type PullRequestData,
} from '../../src/demo/core/github-data.ts';
import {
  compare,
  differences,
  fingerprint,
  toVerdict,
  makeHistory,
  NOW,
  SYNC_LOG_TABLES,
  runBackfill,
  type Experiment,
} from '../experiment.ts';
import { startWorkerProcess } from '../worker.ts';

const AT = toInstant(NOW);

/** What can happen to an open pull request while its neighbours are read. */
const REWRITES: readonly ((pullRequest: PullRequestData) => PullRequestData)[] = [
  forcePushed,
  (pullRequest) => ({
    ...pullRequest,
    baseRefName: 'release/next',
    events: [
      ...pullRequest.events,
      {
        kind: 'BASE_REF_CHANGED',
        at: AT,
        actor: pullRequest.author,
        before: pullRequest.baseRefName,
        after: 'release/next',
      },
    ],
  }),
  // GitHub closes what came from a fork that was deleted.
  (pullRequest) => ({ ...pullRequest, headOwner: pullRequest.author, closedAt: AT }),
  // All but the first commit are taken off the branch again.
  (pullRequest) => {
    const [first, ...others] = shownCommits(pullRequest);
    return first === undefined || others.length === 0
      ? forcePushed(pullRequest)
      : pushed(pullRequest, first.oid, others, []);
  },
];

/** F14: branches are rewritten between two pages of the sync. */
export const rewrittenBranches: Experiment = {
  id: 'F14',
  fault: 'force pushes, new bases, deleted forks, commits that vanish between pages',
  async run(lab) {
    const { source, all: request } = makeHistory(lab);
    const { final, count } = rewrite(source);
    const compared = await compare(lab, {
      id: 'F14',
      options: { source, parallelRepositories: 1 },
      final,
      request,
      without: SYNC_LOG_TABLES,
      async disturb(world) {
        let commits = 0;
        const worker = await startWorkerProcess(lab, world, async (failpoint) => {
          commits += failpoint === 'after-commit' ? 1 : 0;
          if (failpoint === 'after-commit' && commits === 1) {
            world.github.setSource(final);
          }
          return true;
        });
        const first = await runBackfill(world, request);
        const between = await fingerprint(world);
        // What changed after the sync had passed is for the next sync to find.
        const second = await runBackfill(world, request);
        await worker.kill();
        return { first, between, second };
      },
    });
    const { first, between, second } = compared.found;
    const behind = differences(compared.expected.rows, between, SYNC_LOG_TABLES);
    return toVerdict(
      "after one more sync everything is as GitHub's last state, read by a sync that saw nothing else",
      `${count} open pull requests rewritten after the first page, ${behind.length} tables behind after that sync; outcomes ${first}, ${second}`,
      [
        ...compared.checks,
        { what: `outcomes ${first}, ${second}`, holds: first === 'COMPLETED' && second === first },
        { what: `only ${count} were rewritten`, holds: count >= REWRITES.length },
      ],
    );
  },
};

/** The source with every open pull request rewritten, one way after another. */
function rewrite(source: GitHubData): { readonly final: GitHubData; readonly count: number } {
  let count = 0;
  const repositories = source.repositories.map((repository) => ({
    ...repository,
    pullRequests: repository.pullRequests.map((pullRequest) => {
      if (!isOpen(pullRequest)) {
        return pullRequest;
      }
      const change = REWRITES[count % REWRITES.length];
      count += 1;
      return change?.(pullRequest) ?? pullRequest;
    }),
  }));
  return { final: { ...source, repositories }, count };
}

function isOpen({ createdAt, mergedAt, closedAt }: PullRequestData): boolean {
  return createdAt < AT && (mergedAt ?? AT) >= AT && (closedAt ?? AT) >= AT;
}

function shownCommits({ commits }: PullRequestData): readonly CommitData[] {
  return commits.filter(({ pushedAt, goneAt }) => pushedAt < AT && (goneAt ?? AT) >= AT);
}

/** Every commit is replaced by another one with the same text. */
function forcePushed(pullRequest: PullRequestData): PullRequestData {
  const shown = shownCommits(pullRequest);
  const renewed = shown.map((commit) => ({
    ...commit,
    oid: commit.oid.split('').toReversed().join(''),
    pushedAt: AT,
  }));
  return pushed(pullRequest, renewed.at(-1)?.oid ?? '', shown, renewed);
}

function pushed(
  pullRequest: PullRequestData,
  after: string,
  gone: readonly CommitData[],
  added: readonly CommitData[],
): PullRequestData {
  return {
    ...pullRequest,
    commits: [
      ...pullRequest.commits.map((commit) =>
        gone.includes(commit) ? { ...commit, goneAt: AT } : commit,
      ),
      ...added,
    ],
    events: [
      ...pullRequest.events,
      {
        kind: 'HEAD_REF_FORCE_PUSHED',
        at: AT,
        actor: pullRequest.author,
        before: gone.at(-1)?.oid ?? '',
        after,
      },
    ],
  };
}
