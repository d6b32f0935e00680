import type { RuleBook } from './rule-book.ts';

export type Resource = 'graphql' | 'core';

/** Points of one token on one resource, in the running hour. */
export interface RateStatus {
  readonly resource: Resource;
  readonly limit: number;
  readonly remaining: number;
  readonly used: number;
  /** Seconds since 1970, in UTC, as the `x-ratelimit-reset` header has it. */
  readonly resetEpochSeconds: number;
}

/** Why a request is not served now. */
export type RateRefusal =
  { readonly kind: 'PRIMARY' } | { readonly kind: 'SECONDARY'; readonly retryAfterSeconds: number };

export interface RateLimits {
  status(token: string, resource: Resource): RateStatus;
  charge(token: string, resource: Resource, points: number): void;
  /** Decides on a request before it is read, and writes down a rule that it breaks. Null = serve it. */
  check(token: string, resource: Resource, endpoint: string): RateRefusal | null;
  /** No request of this token may come for so many seconds. */
  pause(token: string, seconds: number): void;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECONDARY_WAIT_SECONDS = 60;

/** GitHub's secondary limits: points a minute on GraphQL, and on any one REST endpoint. A read is a point. */
const POINTS_PER_MINUTE: Readonly<Record<Resource, number>> = { graphql: 2_000, core: 900 };

interface Bucket {
  readonly endsAtMs: number;
  readonly used: number;
}

/** Counts points per token, resource and hour, and watches the limits per minute. Time is the given clock's. */
export function createRateLimits(
  now: () => Date,
  pointsPerHour: number,
  rules: RuleBook,
): RateLimits {
  const buckets = new Map<string, Bucket>();
  const pausedUntilMs = new Map<string, number>();
  const recent = new Map<string, number[]>();

  function bucket(token: string, resource: Resource): Bucket {
    const key = `${resource} ${token}`;
    const nowMs = now().getTime();
    const known = buckets.get(key);
    if (known !== undefined && nowMs < known.endsAtMs) {
      return known;
    }
    const fresh = { endsAtMs: Math.ceil((nowMs + HOUR_MS) / 1000) * 1000, used: 0 };
    buckets.set(key, fresh);
    return fresh;
  }

  function status(token: string, resource: Resource): RateStatus {
    const { used, endsAtMs } = bucket(token, resource);
    return {
      resource,
      limit: pointsPerHour,
      remaining: Math.max(0, pointsPerHour - used),
      used,
      resetEpochSeconds: endsAtMs / 1000,
    };
  }

  function secondsOfPause(token: string): number {
    return Math.ceil(((pausedUntilMs.get(token) ?? 0) - now().getTime()) / 1000);
  }

  function pause(token: string, seconds: number): void {
    pausedUntilMs.set(token, now().getTime() + seconds * 1000);
  }

  function countInMinute(token: string, resource: Resource, endpoint: string): number {
    const key = resource === 'graphql' ? token : `${endpoint} ${token}`;
    const nowMs = now().getTime();
    const times = (recent.get(key) ?? []).filter((time) => time > nowMs - MINUTE_MS);
    times.push(nowMs);
    recent.set(key, times);
    return times.length;
  }

  function check(token: string, resource: Resource, endpoint: string): RateRefusal | null {
    const left = secondsOfPause(token);
    if (left > 0) {
      rules.broken(`A request came ${left} s before a retry-after had passed.`);
      return { kind: 'SECONDARY', retryAfterSeconds: left };
    }
    if (status(token, resource).remaining === 0) {
      rules.broken(`A request came while the ${resource} rate limit was used up.`);
      return { kind: 'PRIMARY' };
    }
    const limit = POINTS_PER_MINUTE[resource];
    if (countInMinute(token, resource, endpoint) > limit) {
      rules.broken(`More than ${limit} points a minute were asked of ${endpoint}.`);
      pause(token, SECONDARY_WAIT_SECONDS);
      return { kind: 'SECONDARY', retryAfterSeconds: SECONDARY_WAIT_SECONDS };
    }
    return null;
  }

  return {
    status,
    check,
    pause,
    charge(token, resource, points) {
      const { endsAtMs, used } = bucket(token, resource);
      buckets.set(`${resource} ${token}`, { endsAtMs, used: used + points });
    },
  };
}
