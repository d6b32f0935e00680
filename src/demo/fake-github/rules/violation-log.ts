/** What the client did, and which of GitHub's documented rules it broke. */
export interface ViolationLog {
  /** Writes down one broken rule, in a sentence. */
  recordViolation(sentence: string): void;
  /** A request of somebody came in; call the answer when it is answered or gone. */
  begin(identity: string): () => void;
  readonly sentences: () => readonly string[];
  readonly maxInFlight: () => number;
}

/** REST and GraphQL together. */
const MAX_IN_FLIGHT = 100;

/** Enough to see what goes wrong; a client in a loop must not fill the memory. */
const MAX_SENTENCES = 1_000;

/** An empty rule book. GitHub asks for serial requests, so two of one token or installation at a time break a rule. */
export function createViolationLog(): ViolationLog {
  const sentences: string[] = [];
  const inFlightOf = new Map<string, number>();
  let inFlight = 0;
  let maxInFlight = 0;

  function recordViolation(sentence: string): void {
    if (sentences.length < MAX_SENTENCES) {
      sentences.push(sentence);
    }
  }

  return {
    recordViolation,
    sentences: () => [...sentences],
    maxInFlight: () => maxInFlight,
    begin(identity) {
      inFlight += 1;
      maxInFlight = Math.max(maxInFlight, inFlight);
      if (inFlight > MAX_IN_FLIGHT) {
        recordViolation(
          `${inFlight} requests were in flight at once; GitHub allows ${MAX_IN_FLIGHT}.`,
        );
      }
      const others = inFlightOf.get(identity) ?? 0;
      inFlightOf.set(identity, others + 1);
      if (others > 0) {
        recordViolation(
          `${others + 1} requests of one token were in flight at once; GitHub asks for one after the other.`,
        );
      }
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        inFlight -= 1;
        inFlightOf.set(identity, (inFlightOf.get(identity) ?? 1) - 1);
      };
    },
  };
}
