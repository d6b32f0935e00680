import { getOperationAST, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { ObservedOperation } from '../core/observation.ts';

interface Observing {
  readonly observed: ObservedOperation;
}

/** Notes which operation is about to run. First of the plugins: those behind it may refuse the operation. */
export function useObservedOperations(): Plugin<Observing> {
  const note = ({ document, operationName, contextValue }: ExecutionArgs): void => {
    const operation = getOperationAST(document, operationName);
    const { observed } = contextValue as Observing;
    observed.type = operation?.operation ?? null;
    observed.name = operation?.name?.value ?? null;
  };
  return {
    onExecute: ({ args }) => note(args),
    onSubscribe: ({ args }) => note(args),
  };
}

/** Notes the codes of what is answered. Last of the plugins: those before it change the answer. */
export function useObservedErrors(): Plugin<object, Observing> {
  return {
    onResultProcess: ({ result, serverContext }) => {
      if (isAsyncIterable(result) || Array.isArray(result)) {
        return;
      }
      for (const { extensions } of (result as ExecutionResult).errors ?? []) {
        const code = extensions['code'];
        serverContext.observed.codes.add(typeof code === 'string' ? code : 'INTERNAL');
      }
    },
  };
}
