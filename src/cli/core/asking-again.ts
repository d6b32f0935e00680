import { setTimeout as sleep } from 'node:timers/promises';

/** What the gateway refused, in its own sentence. */
export class GatewayError extends Error {}

/** The gateway does not know the token. */
export class UnknownTokenError extends GatewayError {}

/** The gateway is away or busy: the same question may be answered in a while. */
export class PassingError extends GatewayError {
  /** How long the gateway asks to be left alone, in milliseconds; 0 where it does not say. */
  readonly retryAfterMs: number;

  constructor(message: string, options: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** How long a question is asked again while the gateway is away or busy. */
export interface Patience {
  /** Pauses before it is asked again, in milliseconds; behind the last one its failure stands. */
  readonly waitsMs: readonly number[];
  /** Ends the pauses. */
  readonly signal: AbortSignal;
  /** Called with the first failure of a question, before it is asked again. */
  readonly onPassing: (error: PassingError) => void;
}

/** A gateway that restarts is back within a minute; who waits for one waits for two. */
export const WAITS_MS: readonly number[] = [
  250,
  500,
  1_000,
  2_000,
  ...Array<number>(24).fill(5_000),
];

/** A budget is full again within a minute; what asks for more is not believed. */
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * What `retry-after` asks for, in seconds or as a date: milliseconds from now, 0 to a minute; 0 for what is neither.
 * @param header null where there is none
 */
export function readRetryAfterMs(header: string | null, now: number): number {
  const asked = header?.trim() ?? '';
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/** The pauses of one question. */
export interface Pauses {
  /** Waits until the question may be asked again. @throws the failure when the pauses are used up */
  afterFailure(error: PassingError): Promise<void>;
  /** There was an answer: the next failure is the first one again. */
  begin(): void;
}

/** Pauses are as long as planned, and longer where the gateway asks for it. */
export function createPauses({ waitsMs, signal, onPassing }: Patience): Pauses {
  let tries = 0;
  return {
    async afterFailure(error) {
      const waitMs = waitsMs[tries];
      if (waitMs === undefined) {
        throw error;
      }
      if (tries === 0) {
        onPassing(error);
      }
      tries += 1;
      await sleep(Math.max(waitMs, error.retryAfterMs), undefined, { signal });
    },
    begin() {
      tries = 0;
    },
  };
}
