import type { ViolationLog } from './violation-log.ts';

export type Resource = 'graphql' | 'core';

/** Points of one identity (a user, an installation) on one resource, in the running hour. */
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
  status(identity: string, resource: Resource): RateStatus;
  charge(identity: string, resource: Resource, points: number): void;
  /** Decides on a request before it is read, and writes down a rule that it breaks. Null = serve it. */
  check(identity: string, resource: Resource, endpoint: string): RateRefusal | null;
  /** No request of this identity may come for so many seconds. */
  pause(identity: string, seconds: number): void;
  /** A limit was given without a time: whoever asks within a minute breaks a rule, and is served. */
  expectSilence(identity: string): void;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECONDARY_WAIT_SECONDS = 60;

/** GitHub's secondary limits: points a minute on GraphQL, and on any one REST endpoint. */
const POINTS_PER_MINUTE: Readonly<Record<Resource, number>> = { graphql: 2_000, core: 900 };

/** A query and a read are a point, what changes something is five. */
function secondaryPoints(resource: Resource, endpoint: string): number {
  return resource === 'graphql' || endpoint.startsWith('GET ') ? 1 : 5;
}

interface Bucket {
  readonly endsAtMs: number;
  readonly used: number;
}

/** Counts points per identity, resource and hour, and watches the limits per minute. Time is the given clock's. */
export function createRateLimits(
  now: () => Date,
  {
    pointsPerHour,
    windowMs = HOUR_MS,
  }: { readonly pointsPerHour: number; readonly windowMs?: number },
  rules: ViolationLog,
): RateLimits {
  const { bucket, charge } = createBuckets(now, windowMs);
  const countInMinute = createMinuteCounter(now);
  const pausedUntilMs = new Map<string, number>();
  const quietUntilMs = new Map<string, number>();

  function status(identity: string, resource: Resource): RateStatus {
    const { used, endsAtMs } = bucket(identity, resource);
    return {
      resource,
      limit: pointsPerHour,
      remaining: Math.max(0, pointsPerHour - used),
      used,
      resetEpochSeconds: endsAtMs / 1000,
    };
  }

  function secondsOfPause(identity: string): number {
    return Math.ceil(((pausedUntilMs.get(identity) ?? 0) - now().getTime()) / 1000);
  }

  function pause(identity: string, seconds: number): void {
    pausedUntilMs.set(identity, now().getTime() + seconds * 1000);
  }

  function check(identity: string, resource: Resource, endpoint: string): RateRefusal | null {
    if (now().getTime() < (quietUntilMs.get(identity) ?? 0)) {
      rules.recordViolation('A request came within a minute of a limit that named no time.');
    }
    const left = secondsOfPause(identity);
    if (left > 0) {
      rules.recordViolation(`A request came ${left} s before a retry-after had passed.`);
      return { kind: 'SECONDARY', retryAfterSeconds: left };
    }
    if (status(identity, resource).remaining === 0) {
      rules.recordViolation(`A request came while the ${resource} rate limit was used up.`);
      return { kind: 'PRIMARY' };
    }
    const limit = POINTS_PER_MINUTE[resource];
    if (countInMinute(identity, resource, endpoint) > limit) {
      rules.recordViolation(`More than ${limit} points a minute were asked of ${endpoint}.`);
      pause(identity, SECONDARY_WAIT_SECONDS);
      return { kind: 'SECONDARY', retryAfterSeconds: SECONDARY_WAIT_SECONDS };
    }
    return null;
  }

  return {
    status,
    check,
    pause,
    expectSilence: (identity) => void quietUntilMs.set(identity, now().getTime() + MINUTE_MS),
    charge,
  };
}

/** Points used by identity and resource in the running window. */
function createBuckets(now: () => Date, windowMs: number) {
  const buckets = new Map<string, Bucket>();

  function bucket(identity: string, resource: Resource): Bucket {
    const key = `${resource} ${identity}`;
    const nowMs = now().getTime();
    const known = buckets.get(key);
    if (known !== undefined && nowMs < known.endsAtMs) {
      return known;
    }
    const fresh = { endsAtMs: Math.ceil((nowMs + windowMs) / 1000) * 1000, used: 0 };
    buckets.set(key, fresh);
    return fresh;
  }

  return {
    bucket,
    charge(identity: string, resource: Resource, points: number): void {
      const { endsAtMs, used } = bucket(identity, resource);
      buckets.set(`${resource} ${identity}`, { endsAtMs, used: used + points });
    },
  };
}

/** Counts the points of the last minute: on GraphQL all of an identity, on REST those of one endpoint. */
function createMinuteCounter(now: () => Date) {
  const recent = new Map<string, number[]>();
  return (identity: string, resource: Resource, endpoint: string): number => {
    const key = resource === 'graphql' ? identity : `${endpoint} ${identity}`;
    const nowMs = now().getTime();
    const times = (recent.get(key) ?? []).filter((time) => time > nowMs - MINUTE_MS);
    const points = secondaryPoints(resource, endpoint);
    times.push(...Array.from({ length: points }, () => nowMs));
    recent.set(key, times);
    return times.length;
  };
}
