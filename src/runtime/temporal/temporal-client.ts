import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type GrpcRetryOptions,
} from '@temporalio/client';
import { DEADLINES, type TemporalDeadlines } from '../../domain/core/deadlines.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { Config } from '../settings/config.ts';

/** Where Temporal is and how to get in. */
export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  readonly tls: boolean;
  readonly apiKey: string | undefined;
}

/** A call that failed is tried again after so long at the most, in milliseconds: deadlines are heeded at each try only. */
const MAX_PAUSE_MS = 1_000;

/** Timers of one moment fire in one turn of the event loop, or in the next. */
const TIMER_SLACK_MS = 50;

/** A client whose connection is made at the first call and made again after a failure. */
export interface TemporalClient {
  /** @throws DomainError TEMPORAL_UNAVAILABLE, with the product's deadlines within five seconds */
  get(): Promise<Client>;
  /** For good. Calls that are being tried again end first, within a second or so. */
  close(): Promise<void>;
}

/** Nobody was reached, so nothing was asked for. */
export function temporalUnavailable(address: string, cause: unknown): DomainError {
  return unavailable(
    `Temporal does not answer at ${address}: check TEMPORAL_ADDRESS and that it runs, then try again. Nothing was started.`,
    cause,
  );
}

/** Temporal was asked and has not answered: the request may have come through all the same. */
export function temporalSilent(address: string, cause: unknown): DomainError {
  return unavailable(
    `Temporal does not answer at ${address}: check that it runs, then try again. Whether it took the request is not known; trying again does nothing twice.`,
    cause,
  );
}

function unavailable(message: string, cause: unknown): DomainError {
  return new DomainError('TEMPORAL_UNAVAILABLE', message, { cause });
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
        throw temporalUnavailable(target.address, error);
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
 * The SDK's own retries, which can be ended. It tries a call again from a timer, and on a connection that was closed
 * meanwhile the error of that is thrown where nobody can catch it and ends the process.
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
    /** No call is tried again from now on; resolves when those that wait to be have been. */
    async end(): Promise<void> {
      hasEnded = true;
      const leftMs = lastTryAt - performance.now();
      if (leftMs > 0) {
        await delay(leftMs + TIMER_SLACK_MS);
      }
    },
  };
}

/** TLS and API key, for client and worker alike. */
export function connectionSecurity(target: Pick<TemporalTarget, 'tls' | 'apiKey'>): {
  tls?: true;
  apiKey?: string;
} {
  return {
    ...(target.tls ? { tls: true as const } : {}),
    ...(target.apiKey === undefined ? {} : { apiKey: target.apiKey }),
  };
}

/** The configured cluster, or null when the embedded one is meant. */
export function configuredTemporal(config: Config): TemporalTarget | null {
  const { address, namespace, tls, apiKey } = config.temporal;
  return address === undefined ? null : { address, namespace, tls, apiKey };
}
