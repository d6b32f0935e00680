import {
  getOperationAST,
  getVariableValues,
  type ExecutionArgs,
  type ExecutionResult,
  type OperationDefinitionNode,
} from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { ApiContext } from '../core/context.ts';
import {
  cutMessage,
  RefusedRequest,
  tooComplex,
  unauthenticated,
  type ErrorMask,
} from '../core/errors.ts';
import { countAnswered } from './answered-cost.ts';
import { asksForSchemaOnly } from './fragments.ts';
import { estimateCost, type Estimate } from './query-cost.ts';

export interface CostLimits {
  /** Points that one operation may cost. */
  readonly pointsPerQuery: number;
}

/** What an operation was let in with. */
interface Admitted {
  readonly estimate: Estimate;
  /** Points that are left in the budget. */
  readonly remaining: number;
}

/** An operation that is about to run, or to be subscribed to. */
interface Beginning {
  readonly args: ExecutionArgs;
  readonly setResultAndStopExecution: (result: ExecutionResult) => void;
}

/** Variables that cannot be used are told this often. */
const MAX_VARIABLE_ERRORS = 5;

/**
 * Counts what an operation may cost before it runs or is subscribed to, refuses what costs too much or more than the
 * budget has, and says in the answer what it was counted as and what it came to: `extensions.cost`, in points. Without a
 * valid token nothing is counted but what describes the schema.
 */
export function useCostLimits(limits: CostLimits, mask: ErrorMask): Plugin<ApiContext> {
  /**
   * What the operation is let in with. Null where it is refused, which is answered then, and where there is no such
   * operation, which the executor says.
   */
  async function admit({ args, setResultAndStopExecution }: Beginning): Promise<Admitted | null> {
    const context = args.contextValue as ApiContext;
    const operation = getOperationAST(args.document, args.operationName);
    if (operation == null) {
      return null;
    }
    const refuse = async (errors: readonly unknown[]): Promise<null> => {
      await context.reads.close();
      setResultAndStopExecution({ errors: errors.map((error) => mask(error, context.requestId)) });
      return null;
    };
    try {
      if (context.viewer === null && !asksForSchemaOnly(operation, args.document)) {
        throw unauthenticated();
      }
      const estimate = estimateOf(args, operation, context);
      context.observed.cost = estimate.points;
      checkCost(estimate, limits);
      const errors = checkVariables(args, operation);
      return errors.length > 0
        ? await refuse(errors)
        : { estimate, remaining: spend(context, estimate.points) };
    } catch (error) {
      return refuse([error]);
    }
  }

  function withCost(result: ExecutionResult, { estimate, remaining }: Admitted): ExecutionResult {
    const cost = {
      estimated: estimate.points,
      limit: limits.pointsPerQuery,
      actual: countAnswered(result.data, estimate.uncounted),
      remaining,
    };
    return { ...result, extensions: { ...result.extensions, cost } };
  }

  return {
    onExecute: async (beginning) => {
      const admitted = await admit(beginning);
      if (admitted === null) {
        return undefined;
      }
      return {
        onExecuteDone: ({ result, setResult }) => {
          if (!isAsyncIterable(result)) {
            setResult(withCost(result, admitted));
          }
        },
      };
    },
    onSubscribe: async (beginning) => {
      const admitted = await admit(beginning);
      if (admitted === null) {
        return undefined;
      }
      let isFirst = true;
      return {
        onSubscribeResult: () => ({
          onNext: ({ result, setResult }) => {
            if (isFirst) {
              isFirst = false;
              setResult(withCost(result, admitted));
            }
          },
        }),
      };
    },
  };
}

function estimateOf(
  { schema, document, variableValues }: ExecutionArgs,
  operation: OperationDefinitionNode,
  { services }: ApiContext,
): Estimate {
  return estimateCost({
    schema,
    document,
    operation,
    variables: variableValues ?? {},
    now: services.now(),
  });
}

/** @throws RefusedRequest */
function checkCost({ points, largest }: Estimate, { pointsPerQuery }: CostLimits): void {
  if (points > pointsPerQuery) {
    throw tooComplex({
      measure: 'COST',
      found: `The query may cost ${points} points`,
      cost: points,
      limit: pointsPerQuery,
      hint:
        largest.length === 0
          ? 'Ask for less at once, or in several requests.'
          : `Ask for fewer items (first) or in several requests; most of it is ${largest.join(' > ')}.`,
    });
  }
}

/**
 * What is wrong with the variables. Checked here too, because the executor repeats the whole input in fifty messages. Words
 * that might be meant are looked for only where the messages are short: with a megabyte it takes 30 MB.
 */
function checkVariables(
  { schema, variableValues }: ExecutionArgs,
  { variableDefinitions = [] }: OperationDefinitionNode,
): readonly Error[] {
  const errorsOf = (hideSuggestions: boolean): readonly Error[] =>
    getVariableValues(schema, variableDefinitions, variableValues ?? {}, {
      maxErrors: MAX_VARIABLE_ERRORS,
      hideSuggestions,
    }).errors ?? [];
  const errors = variableDefinitions.length === 0 ? [] : errorsOf(true);
  const isShort = errors.every(({ message }) => message === cutMessage(message));
  return errors.length > 0 && isShort ? errorsOf(false) : errors;
}

/**
 * Takes the points from the budget of whoever asks, and answers what is left.
 * @throws RefusedRequest RATE_LIMITED; DomainError UNAUTHENTICATED where a token is what would help
 */
function spend({ account, viewer, services }: ApiContext, points: number): number {
  const { budgets, now } = services;
  const spent = budgets.take(account, points);
  if (spent !== null) {
    return spent.remaining;
  }
  if (viewer === null) {
    throw unauthenticated();
  }
  const { limit, remaining, fullInMs } = budgets.read(account);
  const seconds = Math.max(1, Math.ceil(budgets.waitMs(account, points) / 1_000));
  throw new RefusedRequest(
    'RATE_LIMITED',
    `The query may cost ${points} points, and ${remaining} of ${limit} a minute are left: ask again in ${seconds} s.`,
    {
      rateLimit: {
        limit,
        remaining,
        resetAt: new Date(now().getTime() + fullInMs).toISOString(),
        cost: points,
      },
    },
    { 'retry-after': String(seconds) },
  );
}
