import type { Progress } from '../src/runtime/embedded/progress.ts';
import type { BenchDatabase } from './bench-database.ts';

/** What the bench of weekly metrics works with. */
export interface RollupBench {
  readonly database: BenchDatabase;
  readonly onProgress: Progress;
}

/** How much it makes and measures. */
export interface RollupSizes {
  readonly teams: number;
  readonly membersATeam: number;
  readonly pullRequests: number;
  readonly reviews: number;
  readonly commits: number;
  readonly days: number;
  /** Member weeks that are really computed one by one. */
  readonly pgSample: number;
  readonly prismaSample: number;
  /** Measurements of what is short; the middle one counts. */
  readonly passes: number;
  /** Teams whose history is made ten times as long. */
  readonly historyTeams: number;
}

/** The seeds' figures. */
export const FULL: RollupSizes = {
  teams: 5,
  membersATeam: 1_000,
  pullRequests: 51_465,
  reviews: 100_000,
  commits: 203_000,
  days: 462,
  pgSample: 2_000,
  prismaSample: 500,
  passes: 5,
  historyTeams: 1,
};

/** Small enough for a test. */
export const QUICK: RollupSizes = {
  teams: 5,
  membersATeam: 20,
  pullRequests: 1_500,
  reviews: 3_000,
  commits: 6_000,
  days: 140,
  pgSample: 100,
  prismaSample: 40,
  passes: 1,
  historyTeams: 5,
};
