/** What a limit stands for. */
export interface LimitScope {
  /** A primary limit stands for one resource, a secondary one for everything that the identity asks. */
  readonly isSecondary: boolean;
  /** False when GitHub named no time: `until` is then a minute from now, the least that it asks for. */
  readonly namesTime: boolean;
}

/** The parts of a refused answer that show a limit. */
export interface RefusedAnswer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  /** Messages of the answer and of its errors. */
  readonly texts: readonly string[];
  /** Types of the errors in an answer of GraphQL. */
  readonly types: ReadonlySet<string | undefined>;
}

/** GitHub asks for at least a minute when it names no time. */
const DEFAULT_WAIT_MS = 60_000;

/** A wait beyond this is a broken header, not a limit. */
const MAX_WAIT_MS = 2 * 60 * 60 * 1000;

/** The limit that an answer reports, with a time that lies 1 s to 2 h from now; null when it reports none. */
export function readLimit(
  answer: RefusedAnswer,
  now: Date,
): { readonly until: Date; readonly scope: LimitScope } | null {
  if (!isRateLimited(answer)) {
    return null;
  }
  const named = namedTime(answer, now);
  return {
    until: named ?? new Date(now.getTime() + DEFAULT_WAIT_MS),
    scope: { isSecondary: !isPrimary(answer), namesTime: named !== null },
  };
}

const SECONDARY_TEXT = /secondary rate limit|abuse detection/i;
/** GitHub names limits by several types, and older servers by none. */
const LIMIT_TEXT = /secondary rate limit|abuse detection|rate limit (already )?exceeded/i;

function isRateLimited({ status, headers, texts, types }: RefusedAnswer): boolean {
  if (types.has('RATE_LIMITED') || types.has('RATE_LIMIT') || status === 429) {
    return true;
  }
  if (texts.some((text) => LIMIT_TEXT.test(text))) {
    return true;
  }
  return (
    status === 403 &&
    (String(headers['x-ratelimit-remaining']) === '0' || headers['retry-after'] !== undefined)
  );
}

/** A primary limit is points that are used up; whatever else slows us down stands for the whole identity. */
function isPrimary({ headers, texts, types }: RefusedAnswer): boolean {
  if (headers['retry-after'] !== undefined || texts.some((text) => SECONDARY_TEXT.test(text))) {
    return false;
  }
  return (
    String(headers['x-ratelimit-remaining']) === '0' ||
    types.has('RATE_LIMITED') ||
    types.has('RATE_LIMIT')
  );
}

/**
 * GitHub's order of rules: retry-after, else the reset when nothing is left; null when it names no time. A reset beyond
 * every window comes from a wrong clock, and names none.
 */
function namedTime({ headers }: RefusedAnswer, now: Date): Date | null {
  const retryAfter = Number(headers['retry-after']);
  if (Number.isFinite(retryAfter) && retryAfter >= 0) {
    return bounded(now.getTime() + retryAfter * 1000, now);
  }
  const reset = Number(headers['x-ratelimit-reset']);
  if (
    String(headers['x-ratelimit-remaining']) === '0' &&
    Number.isFinite(reset) &&
    reset * 1000 <= now.getTime() + MAX_WAIT_MS
  ) {
    // One second more: the header is rounded down to whole seconds.
    return bounded(reset * 1000 + 1000, now);
  }
  return null;
}

function bounded(at: number, now: Date): Date {
  const earliest = now.getTime() + 1000;
  return new Date(Math.min(Math.max(at, earliest), now.getTime() + MAX_WAIT_MS));
}
