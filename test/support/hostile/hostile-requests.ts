import { COSTLY_REQUESTS } from './costly-requests.ts';
import type { HostileRequest } from './hostile-request.ts';
import { LONG_WINDED_REQUESTS } from './long-winded-requests.ts';
import { SHAPELESS_REQUESTS } from './shapeless-requests.ts';

/** Everything that was tried, each with the answer that it must get: at once, in few words, and before anything is read. */
export const HOSTILE_REQUESTS: readonly HostileRequest[] = [
  ...COSTLY_REQUESTS,
  ...SHAPELESS_REQUESTS,
  ...LONG_WINDED_REQUESTS,
];
