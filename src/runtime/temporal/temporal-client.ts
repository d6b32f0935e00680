import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type GrpcRetryOptions,
} from '@temporalio/client';
import { DEADLINES, type TemporalDeadlines } from '../../domain/core/deadlines.ts';
import { toConnectFailure } from './temporal-failures.ts';

/** The address of Temporal and how to sign in. */
export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  readonly tls: boolean;
  readonly apiKey: string | undefined;
}

/** The longest pause before a failed call is retried, in milliseconds: deadlines are only heeded at each try. */
const MAX_PAUSE_MS = 1_000;

/** Timers of the same moment fire in the same iteration of the event loop, or in the next. */
const TIMER_SLACK_MS = 50;

/** A client that connects at the first call, and again after a failure. */
export interface TemporalClient {
  /** @throws DomainError TEMPORAL_UNAVAILABLE, with the product's deadlines within five seconds */
  get(): Promise<Client>;
  /** Closes the client for good. Calls that are being retried end first, within about a second. */
  close(): Promise<void>;
}

/**
 * A client that connects when it is first asked for.
 * @param answerMs how long a new connection is waited for
 */
export function createTemporalClient(
  target: TemporalTarget,
  { answerMs }: Pick<TemporalDeadlines, 'answerMs'> = DEADLINES.temporal,
): TemporalClient {
  let connecting: Promise<Client> | undefined;
  const retries = createRetries();
  async function connect(): Promise<Client> {
    const connection = await Connection.connect({
      address: target.address,
      interceptors: [makeGrpcRetryInterceptor(retries.options)],
      connectTimeout: answerMs,
      ...connectionSecurity(target),
    });
    return new Client({ connection, namespace: target.namespace });
  }
  return {
    async get() {
      connecting ??= connect();
      try {
        return await connecting;
      } catch (error) {
        connecting = undefined;
        throw toConnectFailure(error, target);
      }
    },
    async close() {
      const client = await connecting?.catch(() => undefined);
      connecting = undefined;
      await retries.end();
      await client?.connection.close();
    },
  };
}

/**
 * The SDK's own retries, with an end. The SDK retries a call from a timer; when the connection was closed in the meantime,
 * the error is thrown where nobody can catch it and ends the process.
 */
function createRetries() {
  const { retryableDecider, delayFunction } = defaultGrpcRetryOptions();
  let hasEnded = false;
  let lastTryAt = 0;
  return {
    options: {
      retryableDecider: (attempt, status) => !hasEnded && retryableDecider(attempt, status),
      delayFunction: (attempt, status) => {
        const pauseMs = Math.min(delayFunction(attempt, status), MAX_PAUSE_MS);
        lastTryAt = Math.max(lastTryAt, performance.now() + pauseMs);
        return pauseMs;
      },
    } satisfies GrpcRetryOptions,
    /** Ends the retries; resolves when the calls that were waiting for one have had it. */
    async end(): Promise<void> {
      hasEnded = true;
      const leftMs = lastTryAt - performance.now();
      if (leftMs > 0) {
        await delay(leftMs + TIMER_SLACK_MS);
      }
    },
  };
}

/** TLS and API key, for the client and the workers. */
export function connectionSecurity({ tls, apiKey }: Pick<TemporalTarget, 'tls' | 'apiKey'>) {
  return { ...(tls && { tls }), ...(apiKey !== undefined && { apiKey }) };
}
