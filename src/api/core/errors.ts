import { GraphQLError } from 'graphql';
import { DomainError, isDomainError, type DomainErrorCode } from '../../domain/core/errors.ts';
import { excerpt } from '../../domain/core/excerpt.ts';
import type { Logger } from './logger.ts';

/** What a failure is in HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** True: only for clients that ask for `application/graphql-response+json`; the others get 200 with the error inside. */
  readonly spec: boolean;
}

/** Code of a failure in the API, and what it is in HTTP where that is not 200. This file is the one place that translates. */
const ANSWERS: Readonly<Record<DomainErrorCode, HttpAnswer | null>> = {
  UNAUTHENTICATED: { status: 401, headers: { 'www-authenticate': 'Bearer' }, spec: true },
  FORBIDDEN: null,
  NOT_FOUND: null,
  INVALID_INPUT: null,
  CONFLICT: null,
  LIMIT_EXCEEDED: null,
  QUERY_TOO_COMPLEX: { status: 400, spec: false },
  RATE_LIMITED: { status: 429, spec: false },
  OVERLOADED: { status: 503, headers: { 'retry-after': '2' }, spec: true },
  GITHUB_NOT_CONNECTED: null,
  TEMPORAL_UNAVAILABLE: null,
  DATABASE_UNAVAILABLE: { status: 503, spec: true },
};

/** The status of a subscription that is refused, for codes that name none in `ANSWERS`; any other code is 400. */
export const STREAM_STATUSES: ReadonlyMap<unknown, number> = new Map([
  ['FORBIDDEN', 403],
  ['NOT_FOUND', 404],
  ['CONFLICT', 409],
  ['TEMPORAL_UNAVAILABLE', 503],
  ['INTERNAL', 500],
]);

/** Codes that graphql-js and Yoga give to requests that are wrong in themselves. */
const PROTOCOL_CODES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'REQUEST_ENTITY_TOO_LARGE',
]);

const INTERNAL_ERROR = 'INTERNAL';

/** The database may be away or busy for a moment; who waits for something outlives that. */
export const PASSING_CODES: ReadonlySet<unknown> = new Set<DomainErrorCode>([
  'OVERLOADED',
  'DATABASE_UNAVAILABLE',
]);

export function isPassing(error: unknown): boolean {
  return isDomainError(error) && PASSING_CODES.has(error.code);
}

/** The code of reads that were cut because they held a connection for too long: a database that is busy, or too much. */
export const TOO_SLOW_CODE: DomainErrorCode = 'LIMIT_EXCEEDED';

export function isTooSlow(error: unknown): boolean {
  return isDomainError(error) && error.code === TOO_SLOW_CODE;
}

/** What was asked for, or `instead` behind an expected failure: what is stored stands without it. */
export async function orInstead<Answer, Instead>(
  asked: Promise<Answer>,
  instead: Instead,
): Promise<Answer | Instead> {
  try {
    return await asked;
  } catch (error) {
    if (isDomainError(error)) {
      return instead;
    }
    throw error;
  }
}

/** Refused for want of a valid token. */
export function unauthenticated(): DomainError {
  return new DomainError(
    'UNAUTHENTICATED',
    'Send a valid access token: the header Authorization: Bearer <token>.',
  );
}

/** What a request was measured by before anything was done for it. */
export type Measure =
  | 'COST'
  | 'TOKENS'
  | 'DEPTH'
  | 'SELECTIONS'
  | 'BREADTH'
  | 'ALIASES'
  | 'DUPLICATES'
  | 'DIRECTIVES'
  | 'DEFINITIONS'
  | 'FRAGMENT_NESTING'
  | 'NAME_LENGTH'
  | 'INTROSPECTION'
  | 'IDS';

/** A request that is refused before anything is done for it; its extensions say by how much. */
export class RefusedRequest extends DomainError {
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: 'QUERY_TOO_COMPLEX' | 'RATE_LIMITED',
    message: string,
    details: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(code, message);
    this.details = details;
    this.headers = headers;
  }
}

/** What a request asks for more of than it may. */
export interface Excess {
  readonly measure: Measure;
  /** What was measured, as a sentence without its end: "The fields of the query nest 30 levels deep". */
  readonly found: string;
  /** How much it is, and how much it may be. */
  readonly cost: number;
  readonly limit: number;
  /** What to lower, as a sentence. */
  readonly hint: string;
}

/** Refused for what it would cost; it costs the client nothing of its budget. */
export function tooComplex({ measure, found, cost, limit, hint }: Excess): RefusedRequest {
  return new RefusedRequest('QUERY_TOO_COMPLEX', `${found}; the limit is ${limit}. ${hint}`, {
    measure,
    cost,
    limit,
    hint,
  });
}

/**
 * Refused for what the input says; no message repeats a value that may be a secret.
 * @param field of the input that is to blame, where it is one alone
 */
export function invalidInput(message: string, field: string | null = null): DomainError {
  return new DomainError('INVALID_INPUT', message, { field });
}

/** What `read` makes of a field of the input. @throws its refusal, with the name of the field */
export function readField<Value>(field: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw isDomainError(error) && error.code === 'INVALID_INPUT'
      ? new DomainError(error.code, error.message, { cause: error, field: error.field ?? field })
      : error;
  }
}

/** The same answer for what is not there and for what belongs to others. */
export function notFound(what: string): DomainError {
  return new DomainError('NOT_FOUND', `There is no such ${what}, or you may not see it.`);
}

/** The expected failure within an error that graphql-js has located, or the error itself. */
function originOf(error: unknown): unknown {
  let origin = error;
  while (origin instanceof GraphQLError && origin.originalError !== undefined) {
    origin = origin.originalError;
  }
  return origin;
}

/** A request that graphql-js itself refuses: syntax, unknown fields, values that do not fit. We never throw these. */
function isRefusedByGraphql(origin: unknown): boolean {
  return origin instanceof GraphQLError && origin.constructor === GraphQLError;
}

/** Characters of a message at the most: what it quotes of a request may be as long as the request. */
const MAX_MESSAGE_CHARACTERS = 300;

/** A message that is fit to be answered: the beginning of one that is too long. */
export function cutMessage(message: string): string {
  return message.length > MAX_MESSAGE_CHARACTERS
    ? excerpt(message, MAX_MESSAGE_CHARACTERS)
    : message;
}

/** The same error with messages that are fit to be answered: its own, and that of a reader of JSON behind it. */
export function withCutMessage(error: GraphQLError): GraphQLError {
  const message = cutMessage(error.message);
  const { originalError, ...extensions } = error.extensions as {
    readonly originalError?: { readonly message?: unknown };
  };
  const cause = typeof originalError?.message === 'string' ? originalError.message : '';
  return message === error.message && cutMessage(cause) === cause
    ? error
    : new GraphQLError(message, {
        nodes: error.nodes ?? null,
        source: error.source ?? null,
        positions: error.positions ?? null,
        path: error.path ?? null,
        extensions: {
          ...extensions,
          ...(originalError && { originalError: { ...originalError, message: cutMessage(cause) } }),
        },
      });
}

export type ErrorMask = (error: unknown, requestId: string) => GraphQLError;

/**
 * Turns whatever was thrown into what a client may see: expected failures with their code, refused requests as they
 * are, and everything else as one sentence with the request's id, under which the log has the cause.
 */
export function createErrorMask(logger: Logger): ErrorMask {
  const masked = new WeakSet<GraphQLError>();
  const told = new WeakSet<DomainError>();

  function mask(error: unknown, requestId: string): GraphQLError {
    const located = error instanceof GraphQLError ? error : undefined;
    const origin = originOf(error);
    const options = {
      ...(located?.nodes && { nodes: located.nodes }),
      ...(located?.path && { path: located.path }),
    };
    if (isDomainError(origin)) {
      const http = ANSWERS[origin.code];
      const isOfDatabase = origin.code === 'DATABASE_UNAVAILABLE' && origin.cause instanceof Error;
      // All reads that wait behind a failed one fail with the same error.
      if (isOfDatabase && !told.has(origin)) {
        told.add(origin);
        logger.warn(
          { requestId, reason: (origin.cause as Error).message },
          'the database could not be used',
        );
      }
      const refused = origin instanceof RefusedRequest ? origin : undefined;
      return new GraphQLError(cutMessage(origin.message), {
        ...options,
        extensions: {
          code: origin.code,
          // Who threw it knew the request, where the one who masks it may not.
          requestId: located?.extensions['requestId'] ?? requestId,
          ...refused?.details,
          ...(http !== null && {
            http: { ...http, headers: { ...http.headers, ...refused?.headers } },
          }),
        },
      });
    }
    if (located !== undefined && isRefusedByGraphql(origin)) {
      const code = PROTOCOL_CODES.has(located.extensions['code'])
        ? located.extensions['code']
        : 'BAD_USER_INPUT';
      located.extensions['code'] = code;
      return withCutMessage(located);
    }
    logger.error({ requestId, err: origin, path: located?.path?.join('.') }, 'unexpected error');
    return new GraphQLError(
      `Something went wrong on our side: give the request id ${requestId} to your operator.`,
      { ...options, extensions: { code: INTERNAL_ERROR, requestId } },
    );
  }

  return (error, requestId) => {
    if (error instanceof GraphQLError && masked.has(error)) {
      return error;
    }
    const result = mask(error, requestId);
    masked.add(result);
    return result;
  };
}
