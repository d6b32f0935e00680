import { toInstant } from '../core/github-data.ts';
import type { DeploymentData, Instant, PullRequestData, ReleaseData } from '../core/github-data.ts';
import { MINUTE_MS } from './calendar.ts';
import { ACTIONS_BOT } from './people.ts';
import { createRandom } from '../core/random.ts';
import type { Random } from '../core/random.ts';
import type { RepositoryPlan } from './repositories.ts';

export interface DeliveryOptions {
  readonly seed: number;
  readonly plan: RepositoryPlan;
  /** Which repository of the organisation it is, from 0. */
  readonly index: number;
}

export interface Deliveries {
  readonly deployments: readonly DeploymentData[];
  readonly releases: readonly ReleaseData[];
}

const IDS_PER_REPOSITORY = 100_000_000;
const IDS_PER_PULL_REQUEST = 10;
/** Deployments come as often as they do only in what runs as a service. */
const SERVICES: ReadonlySet<string> = new Set(['fleet-api', 'operator-web']);

/**
 * What was delivered of the merged pull requests: each merge goes to staging and every other one to production, not
 * always in the order of the merges; now and then one is released. What follows from a merge follows from it alone.
 */
export function deliver(
  pullRequests: readonly PullRequestData[],
  { seed, plan, index }: DeliveryOptions,
): Deliveries {
  const deployments: DeploymentData[] = [];
  const releases: ReleaseData[] = [];
  for (const { number, mergedAt, mergedBy, mergeCommitOid } of pullRequests) {
    if (mergedAt === null || mergeCommitOid === null) {
      continue;
    }
    const random = createRandom(seed, plan.name, number, 'delivery');
    const at = Date.parse(mergedAt);
    const id = (index + 1) * IDS_PER_REPOSITORY + number * IDS_PER_PULL_REQUEST;
    const common = { oid: mergeCommitOid, ref: 'main', creator: ACTIONS_BOT, description: null };
    if (SERVICES.has(plan.name)) {
      const stagedAt = at + random.between(3, 9) * MINUTE_MS;
      deployments.push({ ...common, ...deployment(random, id, 'staging', stagedAt) });
      if (random.chance(0.5)) {
        const liveAt = stagedAt + random.between(8, 240) * MINUTE_MS;
        deployments.push({ ...common, ...deployment(random, id + 1, 'production', liveAt) });
      }
    }
    if (random.chance(0.08)) {
      releases.push(release(random, id + 2, { number, at, oid: mergeCommitOid, author: mergedBy }));
    }
  }
  return { deployments, releases };
}

function deployment(
  random: Random,
  databaseId: number,
  environment: string,
  at: number,
): Pick<DeploymentData, 'databaseId' | 'environment' | 'createdAt' | 'statuses'> {
  const startedAt = at + random.between(2, 20) * 1_000;
  const endedAt = startedAt + random.between(1, 12) * MINUTE_MS;
  const end = random.chance(environment === 'production' ? 0.05 : 0.08) ? 'FAILURE' : 'SUCCESS';
  return {
    databaseId,
    environment,
    createdAt: instant(at),
    statuses: [
      { state: 'IN_PROGRESS', at: instant(startedAt) },
      { state: end, at: instant(endedAt) },
    ],
  };
}

function release(
  random: Random,
  databaseId: number,
  merge: {
    readonly number: number;
    readonly at: number;
    readonly oid: string;
    readonly author: string | null;
  },
): ReleaseData {
  const createdAt = merge.at + random.between(10, 90) * MINUTE_MS;
  const tag = `v${instant(merge.at).slice(0, 7).replace('-', '.')}.${merge.number}`;
  return {
    databaseId,
    tag,
    name: `Release ${tag.slice(1)}`,
    oid: merge.oid,
    isDraft: false,
    isPrerelease: random.chance(0.2),
    author: merge.author,
    createdAt: instant(createdAt),
    publishedAt: instant(createdAt + random.between(1, 60) * MINUTE_MS),
  };
}

function instant(at: number): Instant {
  return toInstant(new Date(at));
}
