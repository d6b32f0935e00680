/** What the client did, and which of GitHub's documented rules it broke. */
export interface RuleBook {
  /** Writes down one broken rule, in a sentence. */
  broken(sentence: string): void;
  /** A request came in; call the answer when it is answered or gone. */
  begin(token: string, isGraphQL: boolean): () => void;
  readonly sentences: () => readonly string[];
  readonly maxInFlight: () => number;
}

/** REST and GraphQL together. */
const MAX_IN_FLIGHT = 100;

/** Enough to see what goes wrong; a client in a loop must not fill the memory. */
const MAX_SENTENCES = 1_000;

/** An empty rule book. GitHub asks for serial requests, so two GraphQL requests of one token at a time break a rule. */
export function createRuleBook(): RuleBook {
  const sentences: string[] = [];
  const graphqlInFlight = new Map<string, number>();
  let inFlight = 0;
  let maxInFlight = 0;

  function broken(sentence: string): void {
    if (sentences.length < MAX_SENTENCES) {
      sentences.push(sentence);
    }
  }

  return {
    broken,
    sentences: () => [...sentences],
    maxInFlight: () => maxInFlight,
    begin(token, isGraphQL) {
      inFlight += 1;
      maxInFlight = Math.max(maxInFlight, inFlight);
      if (inFlight > MAX_IN_FLIGHT) {
        broken(`${inFlight} requests were in flight at once; GitHub allows ${MAX_IN_FLIGHT}.`);
      }
      const others = graphqlInFlight.get(token) ?? 0;
      if (isGraphQL) {
        graphqlInFlight.set(token, others + 1);
        if (others > 0) {
          broken(
            `${others + 1} GraphQL requests of one token were in flight at once; GitHub asks for one after the other.`,
          );
        }
      }
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        inFlight -= 1;
        if (isGraphQL) {
          graphqlInFlight.set(token, (graphqlInFlight.get(token) ?? 1) - 1);
        }
      };
    },
  };
}
