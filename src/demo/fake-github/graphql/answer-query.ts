import { toInstant } from '../../core/github-data.ts';
import type { Caller } from '../callers.ts';
import { answerGraphQL } from './graphql-endpoint.ts';
import type { GraphQLScope } from './graphql-scope.ts';
import { loadGitHubSchema } from './github-schema.ts';
import type { QueryCost } from './query-cost.ts';
import type { HeavyQueries, RequestHandlerDeps } from '../request-handler-deps.ts';
import { restError } from '../rest/rest-scope.ts';
import { countPage } from '../rules/tally.ts';
import { worldOf } from '../viewer.ts';
import type { Answer } from '../wire.ts';

const TIMED_OUT =
  'Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include `FA4E:0001` when reporting this issue.';

/** Answers a POST to `/graphql`. */
export async function answerQuery(
  caller: Caller,
  text: string,
  deps: RequestHandlerDeps,
): Promise<Answer> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return restError(400, 'Problems parsing JSON');
  }
  const schema = await loadGitHubSchema(deps.release().without);
  const result = answerGraphQL(body, { schema, admit: (cost) => admit(cost, caller, deps) });
  for (const refusal of result.refusals) {
    deps.rules.recordViolation(refusal.message);
  }
  return result;
}

function admit(
  cost: QueryCost,
  caller: Caller,
  deps: RequestHandlerDeps,
): GraphQLScope | { readonly tooSlow: Answer } {
  // What takes too long costs its points all the same.
  deps.limits.charge(caller.identity, 'graphql', cost.cost);
  deps.tally.pointsUsed += cost.cost;
  const heavy = deps.heavy();
  if (heavy !== null && cost.nodeCount > heavy.aboveNodes) {
    return { tooSlow: tooSlow(heavy.answer) };
  }
  const { limit, remaining, used, resetEpochSeconds } = deps.limits.status(
    caller.identity,
    'graphql',
  );
  return {
    world: worldOf(caller, deps.world()),
    at: toInstant(deps.now()),
    caller,
    rateLimit: {
      cost: cost.cost,
      nodeCount: cost.nodeCount,
      limit,
      remaining,
      used,
      resetAt: toInstant(new Date(resetEpochSeconds * 1000)),
    },
    onPullRequestPage: (repository) => countPage(deps.tally, repository),
    onCommit: countOnce(() => {
      deps.tally.histories += 1;
    }),
  };
}

/** The same for the first call only. */
function countOnce(count: () => void): () => void {
  let isCounted = false;
  return () => {
    if (!isCounted) {
      isCounted = true;
      count();
    }
  };
}

function tooSlow(answer: HeavyQueries['answer']): Answer {
  if (answer === 'TIMEOUT') {
    return { status: 200, body: { data: null, errors: [{ message: TIMED_OUT }] } };
  }
  return answer === 502
    ? { status: 502, body: { message: 'Server Error' } }
    : { status: 504, body: '<html><body><h1>504 Gateway Time-out</h1></body></html>' };
}
