import {
  createSourceEventStream,
  execute,
  getOperationAST,
  OperationTypeNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { readScopeOf, type ApiContext } from '../core/context.ts';
import type { ErrorMask } from '../core/errors.ts';
import type { SyncRunEvent } from '../core/follow-sync-run.ts';
import { createRequestReads } from '../core/request-reads.ts';
import { stoppable } from '../core/stoppable.ts';

interface ApiExecutionArgs extends ExecutionArgs {
  readonly contextValue: ApiContext;
}

/**
 * Runs operations: each query and mutation ends its reads when it is done, however it ends; each event of a
 * subscription has reads of its own; and what was thrown is masked under the id of the request.
 */
export function useExecution(mask: ErrorMask): Plugin<ApiContext> {
  function maskResult(result: ExecutionResult, context: ApiContext): ExecutionResult {
    return result.errors === undefined
      ? result
      : { ...result, errors: result.errors.map((error) => mask(error, context.requestId)) };
  }

  async function runOnce(args: ApiExecutionArgs, run: typeof execute): Promise<ExecutionResult> {
    try {
      return maskResult(await run(args), args.contextValue);
    } finally {
      await args.contextValue.reads.close();
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
      return await runOnce({ ...args, contextValue: { ...args.contextValue, reads } }, run);
    } finally {
      if (viewer !== null) {
        await services.reads.noteWrite(viewer.userId);
      }
    }
  }

  async function answerEvent(
    args: ApiExecutionArgs,
    event: SyncRunEvent,
  ): Promise<ExecutionResult> {
    const reads = createRequestReads(() => event.session);
    const contextValue: ApiContext = { ...args.contextValue, reads };
    return runOnce({ ...args, rootValue: event, contextValue }, execute);
  }

  async function subscribe(
    args: ApiExecutionArgs,
  ): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
    const context = args.contextValue;
    try {
      const source = await createSourceEventStream(args);
      return Symbol.asyncIterator in source
        ? mapEvents(
            source as AsyncIterableIterator<SyncRunEvent>,
            (event) => answerEvent(args, event),
            (error) => ({ errors: [mask(error, context.requestId)] }),
          )
        : maskResult(source, context);
    } finally {
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

function isMutation({ document, operationName }: ExecutionArgs): boolean {
  return getOperationAST(document, operationName)?.operation === OperationTypeNode.MUTATION;
}

/** Answers each event; a source that fails says so in one last result. Ending the result ends the source. */
function mapEvents<Event>(
  source: AsyncIterableIterator<Event>,
  answer: (event: Event) => Promise<ExecutionResult>,
  onError: (error: unknown) => ExecutionResult,
): AsyncIterableIterator<ExecutionResult> {
  async function* answerAll(): AsyncGenerator<ExecutionResult, undefined> {
    try {
      for await (const event of source) {
        yield await answer(event);
      }
    } catch (error) {
      yield onError(error);
    }
  }
  return stoppable(answerAll(), async () => {
    await source.return?.();
  });
}
