import { Client, Connection } from '@temporalio/client';
import { DomainError } from '../domain/errors.ts';
import type { Config } from './config.ts';

/** Where Temporal is and how to get in. */
export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  readonly tls: boolean;
  readonly apiKey: string | undefined;
}

/** How long Temporal is waited for: with what comes around it, whoever asks hears of it within five seconds. */
export const TEMPORAL_DEADLINE_MS = 4_500;

/** A client whose connection is made at the first call and made again after a failure. */
export interface TemporalClient {
  /** @throws DomainError TEMPORAL_UNAVAILABLE within five seconds */
  get(): Promise<Client>;
  close(): Promise<void>;
}

export function temporalUnavailable(address: string, cause: unknown): DomainError {
  return new DomainError(
    'TEMPORAL_UNAVAILABLE',
    `Temporal does not answer at ${address}: check TEMPORAL_ADDRESS and that it runs, then try again. Nothing was started.`,
    { cause },
  );
}

export function createTemporalClient(target: TemporalTarget): TemporalClient {
  let connecting: Promise<Client> | undefined;
  async function connect(): Promise<Client> {
    const connection = await Connection.connect({
      address: target.address,
      connectTimeout: TEMPORAL_DEADLINE_MS,
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
      await client?.connection.close();
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
