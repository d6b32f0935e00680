import type { ReadSession } from '../../db/reads/read-source.ts';
import { createRequestReads, type RequestReads } from './request-reads.ts';

/** Hands out reads that end when all who have got them have closed them. */
export function shareReads(session: ReadSession, takers: number): () => RequestReads {
  const reads = createRequestReads(() => session);
  let open = takers;
  return () => {
    let isClosed = false;
    return {
      ...reads,
      // Who leaves or is late ends its own answer; the statement is ended when nobody else waits for it.
      abort(reason) {
        if (open === 1 && !isClosed) {
          reads.abort(reason);
        }
      },
      async close() {
        open -= isClosed ? 0 : 1;
        isClosed = true;
        if (open === 0) {
          await reads.close();
        }
      },
    };
  };
}
