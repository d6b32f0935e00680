import type { Fault } from './fault-queue.ts';
import type { RateLimits } from './rate-limits.ts';
import { restError } from '../rest/rest-scope.ts';
import type { Answer } from '../wire.ts';

const SECONDARY_LIMIT =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';

/** The refusal of a secondary limit, 403 or 429, with the wait in its header. */
export function secondaryLimit(status: number, seconds: number): Answer {
  return { ...restError(status, SECONDARY_LIMIT), headers: { 'retry-after': String(seconds) } };
}

/** What a fault answers instead of GitHub. A wait that it names stands from then on. */
export function playFault(
  fault: Exclude<Fault, { readonly corruption: unknown }>,
  identity: string,
  limits: RateLimits,
): Answer | 'reset' {
  if (fault === 'reset') {
    return 'reset';
  }
  if ('graphqlErrors' in fault) {
    return { status: 200, body: { data: fault.data ?? null, errors: fault.graphqlErrors } };
  }
  if ('retryAfter' in fault) {
    limits.pause(identity, fault.retryAfter);
    return secondaryLimit(fault.status ?? 403, fault.retryAfter);
  }
  const retryAfter = Number(fault.headers?.['retry-after']);
  if (retryAfter > 0) {
    limits.pause(identity, retryAfter);
  } else if (isLimit(fault.status, fault.body)) {
    limits.expectSilence(identity);
  }
  return { status: fault.status, body: fault.body ?? {}, headers: fault.headers ?? {} };
}

/** Whether an answer without a wait still reports a secondary limit. */
function isLimit(status: number, body: unknown): boolean {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  return status === 429 || (status === 403 && /secondary rate limit/i.test(text));
}
