import type { DomainError } from '../../domain/core/errors.ts';
import { CLIENT_IS_GONE, TIME_IS_UP } from '../core/operation-end.ts';

/** How long an operation goes on. */
export interface OperationLife {
  /** Aborts with the reason when the client has gone, or time is up; never after `end`. */
  readonly signal: AbortSignal;
  /** Must be called when the operation is over, however it ended. */
  end(): void;
}

/** @param limitMs from now on */
export function beginLife(request: AbortSignal, limitMs: number): OperationLife {
  const controller = new AbortController();
  const leave = (): void => controller.abort(CLIENT_IS_GONE);
  const timer = setTimeout(() => controller.abort(TIME_IS_UP), limitMs);
  request.addEventListener('abort', leave);
  if (request.aborted) {
    leave();
  }
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      request.removeEventListener('abort', leave);
    },
  };
}

/**
 * What `work` answers, unless its life ends before: then `giveUp` is called and the reason thrown, and what the work still
 * answers is dropped.
 */
export async function whileAlive<T>(
  { signal }: OperationLife,
  work: () => Promise<T>,
  giveUp: (reason: DomainError) => void,
): Promise<T> {
  signal.throwIfAborted();
  let stopListening: () => void = () => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => {
      const reason = signal.reason as DomainError;
      giveUp(reason);
      reject(reason);
    };
    signal.addEventListener('abort', onAbort);
    stopListening = () => signal.removeEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work(), ended]);
  } finally {
    stopListening();
  }
}
