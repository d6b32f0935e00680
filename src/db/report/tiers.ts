/** Sizes of servers and of workers, as seed 000 recommends them. */
export interface ServerTier {
  readonly tier: 1 | 2 | 3;
  /** Teams and pull requests that it is meant for, at most. */
  readonly teams: number;
  readonly pullRequests: number;
  readonly instance: string;
  /** Of deploy/postgres/tier-<n>.conf. */
  readonly sharedBuffersBytes: number;
  readonly workers: string;
}

const GIB = 1024 ** 3;

/** By size. What lies between two of seed 000's classes belongs to the larger one. */
export const SERVER_TIERS: readonly ServerTier[] = [
  {
    tier: 1,
    teams: 10,
    pullRequests: 100_000,
    instance: '2 vCPU, 4 GB RAM, 50 GB SSD',
    sharedBuffersBytes: GIB,
    workers: '4 sync, 2 llm and 2 compute slots',
  },
  {
    tier: 2,
    teams: 50,
    pullRequests: 500_000,
    instance: '4 vCPU, 8 GB RAM, 100 GB SSD',
    sharedBuffersBytes: 2 * GIB,
    workers: '8 sync, 4 llm and 4 compute slots',
  },
  {
    tier: 3,
    teams: Number.POSITIVE_INFINITY,
    pullRequests: Number.POSITIVE_INFINITY,
    instance: '8 or more vCPU, 32 GB RAM, 500 GB SSD, a replica and PgBouncer',
    sharedBuffersBytes: 8 * GIB,
    workers: '16 sync, 8 llm and 8 compute slots',
  },
];

/** The smallest tier that holds this many teams and pull requests. */
export function serverTierOf(teams: number, pullRequests: number): ServerTier {
  return firstOf(SERVER_TIERS, (tier) => teams <= tier.teams && pullRequests <= tier.pullRequests);
}

/** How the architecture grows with teams (seed 002). */
export interface ScalingTier {
  readonly name: 'MVP' | 'Growth' | 'Scale' | 'Enterprise';
  /** The first number of teams that is too many. */
  readonly below: number;
  readonly recommends: string;
}

const SCALING_TIERS: readonly ScalingTier[] = [
  { name: 'MVP', below: 50, recommends: 'no changes' },
  {
    name: 'Growth',
    below: 200,
    recommends: 'a read replica (DATABASE_REPLICA_URL), and PgBouncer above 50 connections',
  },
  {
    name: 'Scale',
    below: 1000,
    recommends:
      'a managed PostgreSQL with a replica and PgBouncer; AI usage is partitioned by month already',
  },
  {
    name: 'Enterprise',
    below: Number.POSITIVE_INFINITY,
    recommends:
      'sharding by team_id, which every key begins with, and a data warehouse for history',
  },
];

/** The tier of this many teams. */
export function scalingTierOf(teams: number): ScalingTier {
  return firstOf(SCALING_TIERS, (tier) => teams < tier.below);
}

function firstOf<Tier>(tiers: readonly Tier[], holds: (tier: Tier) => boolean): Tier {
  const found = tiers.find(holds);
  if (found === undefined) {
    throw new Error('the last tier has no bound');
  }
  return found;
}
