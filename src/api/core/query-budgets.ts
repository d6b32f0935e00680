/** What a budget holds at a moment, in points. */
export interface BudgetState {
  /** Points when it is full: what may be spent in a minute. */
  readonly limit: number;
  /** Whole points that are left. */
  readonly remaining: number;
  /** Milliseconds until it is full again when nothing more is spent. */
  readonly fullInMs: number;
}

/** Budgets in points of query cost, one for each account. */
export interface QueryBudgets {
  /** Spends points. Null when they are not there; then nothing is spent. */
  take(account: string, points: number): BudgetState | null;
  read(account: string): BudgetState;
  /** Milliseconds until so many points are there. */
  waitMs(account: string, points: number): number;
  /** Accounts whose budget is not full, as far as was noticed. */
  readonly size: number;
}

export interface QueryBudgetOptions {
  /** Points that one account may spend in a minute. */
  readonly pointsPerMinute: number;
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
  /** Accounts that are remembered; the one that was idle for longest is forgotten first. Default 10,000. */
  readonly maxAccounts?: number;
}

interface Bucket {
  readonly level: number;
  readonly at: number;
}

const MINUTE_MS = 60_000;

/**
 * Token buckets in the memory of this process: N gateways have N budgets. A bucket that nobody has used for a minute is
 * full, which is what a new one is, so it is forgotten.
 */
export function createQueryBudgets(options: QueryBudgetOptions): QueryBudgets {
  const { pointsPerMinute, clock, maxAccounts = 10_000 } = options;
  const perMs = pointsPerMinute / MINUTE_MS;
  /** In the order of their last use. */
  const buckets = new Map<string, Bucket>();

  function levelOf(account: string): number {
    const bucket = buckets.get(account);
    return bucket === undefined
      ? pointsPerMinute
      : Math.min(pointsPerMinute, bucket.level + Math.max(0, clock() - bucket.at) * perMs);
  }

  function stateAt(level: number): BudgetState {
    return {
      limit: pointsPerMinute,
      remaining: Math.floor(level),
      fullInMs: Math.ceil((pointsPerMinute - level) / perMs),
    };
  }

  function forgetIdle(): void {
    for (const [account, { at }] of buckets) {
      if (buckets.size <= maxAccounts && clock() - at < MINUTE_MS) {
        return;
      }
      buckets.delete(account);
    }
  }

  return {
    take: (account, points) => {
      const level = levelOf(account);
      if (points > level) {
        return null;
      }
      if (points > 0) {
        buckets.delete(account);
        buckets.set(account, { level: level - points, at: clock() });
        forgetIdle();
      }
      return stateAt(level - points);
    },
    read: (account) => stateAt(levelOf(account)),
    waitMs: (account, points) =>
      Math.ceil(Math.max(0, Math.min(points, pointsPerMinute) - levelOf(account)) / perMs),
    get size() {
      return buckets.size;
    },
  };
}
