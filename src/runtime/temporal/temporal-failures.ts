import { isGrpcServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { DomainError, isDomainError, type DomainErrorCode } from '../../domain/core/errors.ts';
import { excerpt } from '../../domain/core/excerpt.ts';

/** Which Temporal a request was made to, for the sentences about it. */
export interface TemporalPlace {
  readonly address: string;
  readonly namespace: string;
}

/** Statuses of gRPC that are told apart. */
export const GRPC = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** Enough of what Temporal says to look it up. */
const DETAIL_CHARACTERS = 200;

/** The error of a request that did not reach Temporal, so that nothing was started. */
export function temporalUnavailable(address: string, cause: unknown): DomainError {
  return failure(
    `Temporal does not answer at ${address}: check TEMPORAL_ADDRESS and that it runs, then try again. Nothing was started.`,
    cause,
  );
}

/** The error of a request that Temporal has not answered: it may have been carried out all the same. */
function temporalSilent(address: string, cause: unknown): DomainError {
  return failure(
    `Not confirmed: Temporal does not answer at ${address}. Check that it runs, then try again. It is not known whether it carried out the request; trying again does nothing twice.`,
    cause,
  );
}

/** The commands that register what `TEMPORAL_ADDRESS` must know, for whoever may. */
function registerCommand({ namespace }: Pick<TemporalPlace, 'namespace'>): string {
  const attributes = Object.values(SEARCH_ATTRIBUTES).map(
    (name) => `--name ${name} --type Keyword`,
  );
  return `temporal operator search-attribute create --namespace ${namespace} ${attributes.join(' ')}`;
}

/** The error of a cluster that does not know our search attributes: it refuses every start. */
export function searchAttributesMissing(place: TemporalPlace, cause: unknown): DomainError {
  return failure(
    `The namespace ${place.namespace} of Temporal lacks the search attributes of Throughline: run "${registerCommand(place)}" (in Temporal Cloud, add them to the namespace as Keyword), then try again. Nothing was started.`,
    cause,
  );
}

/** The error of a namespace that Temporal does not have. */
export function namespaceMissing(
  { address, namespace }: TemporalPlace,
  cause: unknown,
): DomainError {
  return failure(
    `Temporal at ${address} has no namespace ${namespace}: check TEMPORAL_NAMESPACE, or run "temporal operator namespace create --namespace ${namespace}", then try again. Nothing was started.`,
    cause,
  );
}

/** The error of credentials that Temporal refuses. */
function temporalRefuses({ address, namespace }: TemporalPlace, cause: unknown): DomainError {
  return failure(
    `Temporal at ${address} refuses access to the namespace ${namespace}: check TEMPORAL_API_KEY, TEMPORAL_TLS and what they may do, then try again. Nothing was started.`,
    cause,
  );
}

function failure(
  message: string,
  cause: unknown,
  code: DomainErrorCode = 'TEMPORAL_UNAVAILABLE',
): DomainError {
  return new DomainError(code, message, { cause });
}

/**
 * What a request to Temporal failed with, as a sentence that says what to do: an expected failure where gRPC names one,
 * or where nothing answered; what is neither, such as a workflow's own failure, as it is.
 */
export function toTemporalFailure(error: unknown, place: TemporalPlace): unknown {
  if (isDomainError(error)) {
    return error;
  }
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof NamespaceNotFoundError) {
      return namespaceMissing(place, error);
    }
    if (isGrpcServiceError(cause)) {
      return toFailure(cause.code, cause.details, place, error);
    }
    // Our own timer, where the client itself never comes to say so.
    if (cause.name === 'TimeoutError') {
      return temporalSilent(place.address, error);
    }
  }
  return error;
}

function toFailure(
  code: number,
  details: string,
  place: TemporalPlace,
  cause: unknown,
): DomainError {
  switch (code) {
    case GRPC.UNAVAILABLE:
    case GRPC.DEADLINE_EXCEEDED:
    case GRPC.CANCELLED:
      return temporalSilent(place.address, cause);
    // A connection that was cut, a proxy, a shard that moves.
    case GRPC.UNKNOWN:
    case GRPC.ABORTED:
    case GRPC.INTERNAL:
    case GRPC.DATA_LOSS:
      return failure(
        `Not confirmed: Temporal at ${place.address} failed (${excerpt(details, DETAIL_CHARACTERS)}). Try again in a moment. It is not known whether it carried out the request; trying again does nothing twice.`,
        cause,
      );
    case GRPC.PERMISSION_DENIED:
    case GRPC.UNAUTHENTICATED:
      return temporalRefuses(place, cause);
    case GRPC.RESOURCE_EXHAUSTED:
      return failure(
        `Temporal at ${place.address} has more requests than it takes (${excerpt(details, DETAIL_CHARACTERS)}): try again in a minute; if it stays so, raise the limits of the namespace ${place.namespace}. Nothing was started.`,
        cause,
        'OVERLOADED',
      );
    case GRPC.FAILED_PRECONDITION:
      return failure(
        `Temporal does not take the request in the state that the workflow is in (${excerpt(details, DETAIL_CHARACTERS)}): wait until the running job has ended, or cancel it, then try again. Nothing was started.`,
        cause,
        'CONFLICT',
      );
    default:
      return /no mapping defined for search attribute|search attribute \S+ is not (?:defined|valid)/i.test(
        details,
      )
        ? searchAttributesMissing(place, cause)
        : failure(
            `Temporal at ${place.address} refuses the request (${excerpt(details, DETAIL_CHARACTERS)}): check that it is a version that Throughline supports, see docs/operations.md. Nothing was started.`,
            cause,
          );
  }
}

/** Which of these statuses of gRPC an error stands for; null for every other error. */
export function grpcStatusOf<Code extends number>(
  error: unknown,
  codes: readonly Code[],
): Code | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isGrpcServiceError(cause)) {
      const code: number = cause.code;
      return codes.find((known) => known === code) ?? null;
    }
  }
  return null;
}

/** The error of a connection that could not be made, so that nothing was started. */
export function toConnectFailure(error: unknown, place: TemporalPlace): DomainError {
  return grpcStatusOf(error, [GRPC.PERMISSION_DENIED, GRPC.UNAUTHENTICATED]) === null
    ? temporalUnavailable(place.address, error)
    : temporalRefuses(place, error);
}
