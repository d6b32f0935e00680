import {
  createSourceEventStream,
  execute,
  getOperationAST,
  OperationTypeNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
} from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';
import type { Identity } from '../../db/reads/authentication.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { readScopeOf, type ApiContext } from '../core/context.ts';
import { PASSING_CODES, TOO_SLOW_CODE, unauthenticated, type ErrorMask } from '../core/errors.ts';
import type { SyncRunEvent } from '../core/follow-sync-run.ts';
import { createNotifier } from '../core/notifier.ts';
import { createRequestReads, type RequestReads } from '../core/request-reads.ts';
import { stoppable } from '../core/stoppable.ts';
import { noPlaceForStream, StreamCut } from '../core/stream-registry.ts';
import { beginLife, whileAlive } from './time-limit.ts';

/** So often an event is answered anew before its subscribers are told what is wrong. */
const MAX_EVENT_RETRIES = 15;

/** So often where the answer took too long: it may do so every time, and holds a connection meanwhile. */
const MAX_SLOW_RETRIES = 2;

/** Characters of a subscription with its variables at the most: they are kept for as long as it is open. */
const MAX_SUBSCRIPTION_CHARACTERS = 64 * 1024;

interface ApiExecutionArgs extends ExecutionArgs {
  readonly contextValue: ApiContext & Partial<Pick<YogaInitialContext, 'params'>>;
}

/**
 * Runs operations: each query and mutation ends its reads when it is done, however it ends; each event of a
 * subscription has reads of its own; and what was thrown is masked under the id of the request. A query, or an event, ends
 * when its client has gone or its time is up, and the statement that runs ends with it. Yoga's useExecutionCancellation
 * ends the execution alone, cuts mutations in two, and knows no time limit.
 */
export function useExecution(mask: ErrorMask): Plugin<ApiContext> {
  function maskResult(result: ExecutionResult, context: ApiContext): ExecutionResult {
    return result.errors === undefined
      ? result
      : { ...result, errors: result.errors.map((error) => mask(error, context.requestId)) };
  }

  /** @param ending whether execution ends with the life of the operation, or goes to its own end */
  async function runOnce(
    args: ApiExecutionArgs,
    run: typeof execute,
    ending: 'ENDS_WITH_LIFE' | 'RUNS_TO_ITS_END' = 'ENDS_WITH_LIFE',
  ): Promise<ExecutionResult> {
    const context = args.contextValue;
    const life = beginLife(context.signal, context.services.deadlines.operationMs);
    const contextValue: ApiContext = { ...context, signal: life.signal };
    const execution = async (): Promise<ExecutionResult> => run({ ...args, contextValue });
    try {
      const result = await (ending === 'RUNS_TO_ITS_END'
        ? execution()
        : whileAlive(life, execution, (reason) => context.reads.abort(reason)));
      await context.reads.close();
      return maskResult(result, context);
    } catch (error) {
      // Reads that were given up end by themselves, and nobody waits for that.
      void context.reads.close();
      return { data: null, errors: [mask(error, context.requestId)] };
    } finally {
      life.end();
    }
  }

  /** A mutation's answer is read where it was written, and the viewer's later reads are never older. */
  async function runMutation(
    args: ApiExecutionArgs,
    run: typeof execute,
  ): Promise<ExecutionResult> {
    const { services, viewer } = args.contextValue;
    const scope = { ...readScopeOf(viewer), onPrimary: true };
    const reads = createRequestReads(() => services.reads.open(scope));
    try {
      const contextValue: ApiContext = { ...args.contextValue, reads };
      const result = await runOnce({ ...args, contextValue }, run, 'RUNS_TO_ITS_END');
      result.errors?.forEach(sayThatItWasDone);
      return result;
    } finally {
      if (viewer !== null) {
        await services.reads.noteWrite(viewer.userId);
      }
    }
  }

  /**
   * A database that is away or busy ends no subscription: the event is answered from a later moment. The first one is not,
   * because its failure is still answered by a status, after which clients ask again.
   */
  async function answerEvent(
    args: ApiExecutionArgs,
    event: SyncRunEvent,
    retries: number,
  ): Promise<ExecutionResult> {
    const { services, signal, requestId, authenticateAgain } = args.contextValue;
    const answerAs = (viewer: Identity, reads: RequestReads): Promise<ExecutionResult> => {
      const contextValue: ApiContext = { ...args.contextValue, viewer, reads };
      return runOnce({ ...args, rootValue: event, contextValue }, execute);
    };
    let result = await answerAs(event.viewer, event.reads);
    for (let again = 1; again <= retries && isPassingResult(result, again); again += 1) {
      await createNotifier().wait(services.pollMs, signal);
      try {
        const viewer = await authenticateAgain();
        if (viewer === null) {
          throw unauthenticated();
        }
        // Confined to the run's team, as the shared reads of the first try.
        const scope = { userId: viewer.userId, teamIds: [event.key.teamId], onPrimary: true };
        result = await answerAs(
          viewer,
          createRequestReads(() => services.reads.open(scope)),
        );
      } catch (error) {
        result = { errors: [mask(error, requestId)] };
      }
    }
    return result;
  }

  async function subscribe(
    args: ApiExecutionArgs,
  ): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
    const context = args.contextValue;
    const life = beginLife(context.signal, context.services.deadlines.operationMs);
    try {
      refuseLongSubscription(args);
      const begin = () => createSourceEventStream(args);
      const source = await whileAlive(life, begin, (reason) => context.reads.abort(reason));
      return Symbol.asyncIterator in source
        ? mapEvents(
            source as AsyncIterableIterator<SyncRunEvent>,
            (event, isFirst) => answerEvent(args, event, isFirst ? 0 : MAX_EVENT_RETRIES),
            (error) => ({ errors: [mask(error, context.requestId)] }),
          )
        : maskResult(source, context);
    } catch (error) {
      return { errors: [mask(error, context.requestId)] };
    } finally {
      life.end();
      await context.reads.close();
    }
  }

  return {
    onExecute: ({ executeFn, setExecuteFn }) => {
      setExecuteFn((args: ExecutionArgs) =>
        (isMutation(args) ? runMutation : runOnce)(
          args as ApiExecutionArgs,
          executeFn as typeof execute,
        ),
      );
    },
    onSubscribe: ({ setSubscribeFn }) => {
      setSubscribeFn((args: ExecutionArgs) => subscribe(args as ApiExecutionArgs));
    },
  };
}

/** @param again which try the next one would be */
function isPassingResult({ errors = [] }: ExecutionResult, again: number): boolean {
  return errors.some(
    ({ extensions: { code } }) =>
      PASSING_CODES.has(code) || (code === TOO_SLOW_CODE && again <= MAX_SLOW_RETRIES),
  );
}

/** Characters of a value as JSON; infinite where it nests deeper than can be written. */
function lengthOf(value: object): number {
  try {
    return JSON.stringify(value).length;
  } catch (error) {
    if (error instanceof RangeError) {
      return Infinity;
    }
    throw error;
  }
}

/** @throws DomainError LIMIT_EXCEEDED when its text, variables and extensions are too long to be kept */
function refuseLongSubscription({ contextValue }: ApiExecutionArgs): void {
  const length = lengthOf(contextValue.params ?? {});
  if (length > MAX_SUBSCRIPTION_CHARACTERS) {
    const measured = length === Infinity ? 'nests too deep' : `has ${length} characters`;
    throw new DomainError(
      'LIMIT_EXCEEDED',
      `The subscription ${measured} with its variables; the limit is ${MAX_SUBSCRIPTION_CHARACTERS} characters.`,
    );
  }
}

/** What fails below a mutation's own field came after it: nobody must take it for one that was not carried out. */
function sayThatItWasDone(error: GraphQLError): void {
  if ((error.path ?? []).length > 1) {
    error.message += ' The mutation itself was carried out: only its answer could not be read.';
  }
}

function isMutation({ document, operationName }: ExecutionArgs): boolean {
  return getOperationAST(document, operationName)?.operation === OperationTypeNode.MUTATION;
}

/**
 * Answers each event, but no answer that equals the last. A source that fails says so in one last result, unless it is
 * cut: then the stream breaks off. Ending the result ends the source.
 */
function mapEvents<Event>(
  source: AsyncIterableIterator<Event>,
  answer: (event: Event, isFirst: boolean) => Promise<ExecutionResult>,
  onError: (error: unknown) => ExecutionResult,
): AsyncIterableIterator<ExecutionResult> {
  async function* answerAll(): AsyncGenerator<ExecutionResult, undefined> {
    let last = '';
    try {
      for await (const event of source) {
        const result = await answer(event, last === '');
        const fingerprint = await fingerprintOf(result);
        if (fingerprint !== last) {
          last = fingerprint;
          yield result;
        }
      }
    } catch (error) {
      if (!(error instanceof StreamCut)) {
        yield onError(error);
      } else if (last === '') {
        // Nothing has been sent: this can still be refused.
        yield onError(noPlaceForStream());
      } else {
        // The one error that Yoga and hosts pass on as it is: the stream breaks off.
        throw new DOMException(error.message, 'AbortError');
      }
    }
  }
  return stoppable(answerAll(), async () => {
    await source.return?.();
  });
}

/** Tells results apart: a thousand streams would hold too much if each kept its last one. */
async function fingerprintOf(result: ExecutionResult): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(result));
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).join();
}
