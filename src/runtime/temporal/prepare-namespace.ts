import { setTimeout as delay } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import {
  GRPC,
  grpcStatusOf,
  namespaceMissing,
  searchAttributesMissing,
  toTemporalFailure,
  type TemporalPlace,
} from './temporal-failures.ts';

/** What of a connection is needed to look at a namespace and to change it. */
export type NamespaceServices = Pick<
  NativeConnection,
  'workflowService' | 'operatorService' | 'withDeadline'
>;

/** Keyword, in the enum of Temporal's API. */
const KEYWORD = 2;

/** How long histories of ended workflows are kept in a namespace that is made here: reconcile runs once a week. */
const RETENTION_MS = 14 * 24 * 60 * 60 * 1000;

/** All of it together: servers take over a new namespace or attribute within about ten seconds. */
const DEADLINE_MS = 60_000;
const POLL_MS = 250;

/** What a server answers that does not allow a change, or leaves it to another service, as Temporal Cloud does. */
const NOT_ALLOWED = [GRPC.PERMISSION_DENIED, GRPC.UNAUTHENTICATED, GRPC.UNIMPLEMENTED] as const;

/** A query that only a namespace with our search attributes takes. */
const PROBE = Object.values(SEARCH_ATTRIBUTES)
  .map((name) => `${name} = '-'`)
  .join(' AND ');

/**
 * Makes a namespace that Temporal lacks, and registers the search attributes that it lacks, without which it refuses
 * every start. Where both are there this is one request. Several workers may do it at the same time.
 * @param deadlineMs how long all of it may take, in milliseconds
 * @returns a line for each thing that was made
 * @throws DomainError TEMPORAL_UNAVAILABLE with the command to run where the connection may not do it
 */
export async function prepareNamespace(
  services: NamespaceServices,
  place: TemporalPlace,
  deadlineMs = DEADLINE_MS,
): Promise<readonly string[]> {
  const deadline = Date.now() + deadlineMs;
  try {
    return await services.withDeadline(deadline, async () => {
      const made: string[] = [];
      if ((await probe(services, place)) === GRPC.NOT_FOUND) {
        await registerNamespace(services, place);
        made.push(`namespace ${place.namespace}`);
        await untilProbed(services, place, deadline, (status) => status !== GRPC.NOT_FOUND);
      }
      if ((await probe(services, place)) === GRPC.INVALID_ARGUMENT) {
        const added = await addSearchAttributes(services, place);
        made.push(...added.map((name) => `search attribute ${name}`));
        await untilProbed(services, place, deadline, (status) => status === null);
      }
      return made;
    });
  } catch (error) {
    throw toTemporalFailure(error, place);
  }
}

type ProbeStatus = typeof GRPC.NOT_FOUND | typeof GRPC.INVALID_ARGUMENT;

/** Null when the namespace is there and knows our search attributes, or does not let us look. */
async function probe(
  { workflowService }: NamespaceServices,
  { namespace }: TemporalPlace,
): Promise<ProbeStatus | null> {
  try {
    await workflowService.countWorkflowExecutions({ namespace, query: PROBE });
    return null;
  } catch (error) {
    if (grpcStatusOf(error, NOT_ALLOWED) !== null) {
      return null;
    }
    const status = grpcStatusOf(error, [GRPC.NOT_FOUND, GRPC.INVALID_ARGUMENT]);
    if (status === null) {
      throw error;
    }
    return status;
  }
}

/** Servers keep what they know of namespaces for some seconds. @throws when the deadline is reached */
async function untilProbed(
  services: NamespaceServices,
  place: TemporalPlace,
  deadline: number,
  isReady: (status: ProbeStatus | null) => boolean,
): Promise<void> {
  for (;;) {
    const status = await probe(services, place);
    if (isReady(status)) {
      return;
    }
    if (Date.now() >= deadline) {
      throw status === GRPC.NOT_FOUND
        ? namespaceMissing(place, null)
        : searchAttributesMissing(place, null);
    }
    await delay(POLL_MS);
  }
}

async function registerNamespace(
  { workflowService }: NamespaceServices,
  place: TemporalPlace,
): Promise<void> {
  try {
    await workflowService.registerNamespace({
      namespace: place.namespace,
      description: 'Throughline',
      workflowExecutionRetentionPeriod: msToTs(RETENTION_MS),
    });
  } catch (error) {
    if (grpcStatusOf(error, NOT_ALLOWED) !== null) {
      throw namespaceMissing(place, error);
    }
    if (grpcStatusOf(error, [GRPC.ALREADY_EXISTS]) === null) {
      throw error;
    }
  }
}

/** @returns names of the attributes that were not there */
async function addSearchAttributes(
  { operatorService }: NamespaceServices,
  place: TemporalPlace,
): Promise<readonly string[]> {
  const { namespace } = place;
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    const missing = Object.values(SEARCH_ATTRIBUTES).filter(
      (name) => !Object.hasOwn(customAttributes, name),
    );
    if (missing.length > 0) {
      await operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
      });
    }
    return missing;
  } catch (error) {
    if (grpcStatusOf(error, NOT_ALLOWED) !== null) {
      throw searchAttributesMissing(place, error);
    }
    if (grpcStatusOf(error, [GRPC.ALREADY_EXISTS]) !== null) {
      return [];
    }
    throw error;
  }
}
