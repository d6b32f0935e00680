import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  executeSync,
  getOperationAST,
  getVariableValues,
  parse,
  validate,
} from 'graphql';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { FIELD_TABLE } from './graphql-query.ts';
import { createFieldResolver, resolveNodeType } from './graphql-scope.ts';
import type { GraphQLScope } from './graphql-scope.ts';
import { toValidationErrors } from './validation-errors.ts';
import { measureQuery } from './query-cost.ts';
import type { QueryCost } from './query-cost.ts';
import { GitHubRefusal } from '../refusal.ts';
import type { Answer } from '../wire.ts';

/** An answer before it is put on the wire. */
export interface GraphQLAnswer extends Answer {
  /** What GitHub would not run, in its own words; empty when the query ran. */
  readonly refusals: readonly GitHubRefusal[];
}

export interface GraphQLEndpoint {
  readonly schema: GraphQLSchema;
  /** Takes the points of a query that will run and gives what its fields see; or the answer when it takes too long. */
  readonly admit: (cost: QueryCost) => GraphQLScope | { readonly tooSlow: Answer };
}

const MAX_ERRORS = 100;

/**
 * Answers the body of a POST to `/graphql`: whatever valid query it holds is executed against GitHub's schema. Mistakes
 * in the query are answered with status 200 and errors, mistakes in the envelope with 400, as GitHub does.
 */
export function answerGraphQL(body: unknown, endpoint: GraphQLEndpoint): GraphQLAnswer {
  const envelope = readEnvelope(body);
  if (envelope === null) {
    return badRequest('A query attribute must be specified and must be a string.');
  }
  const document = parseDocument(envelope.query);
  if (!('definitions' in document)) {
    return failed([document]);
  }
  const invalid = validate(endpoint.schema, document, undefined, { maxErrors: MAX_ERRORS });
  if (invalid.length > 0) {
    return { status: 200, body: { errors: toValidationErrors(document, invalid) }, refusals: [] };
  }
  const operation = getOperationAST(document, envelope.operationName);
  if (operation == null) {
    return failed([new GraphQLError('An operation name is required')]);
  }
  if (operation.operation !== OperationTypeNode.QUERY) {
    const message = 'Resource not accessible by personal access token';
    return failed([new GitHubRefusal('FORBIDDEN', message, [operation])]);
  }
  return run(document, operation, envelope, endpoint);
}

function run(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  envelope: Envelope,
  { schema, admit }: GraphQLEndpoint,
): GraphQLAnswer {
  const definitions = operation.variableDefinitions ?? [];
  const variables = getVariableValues(schema, definitions, envelope.variables);
  if (variables.errors !== undefined) {
    return failed(variables.errors);
  }
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const cost = measureQuery({ schema, operation, fragments, variables: variables.coerced });
  if (cost.refusals.length > 0) {
    return { ...failed(cost.refusals), refusals: cost.refusals };
  }
  const admitted = admit(cost);
  if ('tooSlow' in admitted) {
    return { ...admitted.tooSlow, refusals: [] };
  }
  const result = executeSync({
    schema,
    document,
    rootValue: {},
    contextValue: admitted,
    variableValues: envelope.variables,
    operationName: envelope.operationName,
    fieldResolver: createFieldResolver(FIELD_TABLE),
    typeResolver: resolveNodeType,
  });
  const errors = result.errors?.map(toGitHubError);
  const answer = errors === undefined ? { data: result.data } : { data: result.data, errors };
  return { status: 200, body: answer, refusals: [] };
}

interface Envelope {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | null;
}

function readEnvelope(body: unknown): Envelope | null {
  if (typeof body !== 'object' || body === null || !('query' in body)) {
    return null;
  }
  if (typeof body.query !== 'string') {
    return null;
  }
  const variables = 'variables' in body ? body.variables : null;
  const operationName = 'operationName' in body ? body.operationName : null;
  return {
    query: body.query,
    variables:
      typeof variables === 'object' && variables !== null
        ? (variables as Readonly<Record<string, unknown>>)
        : {},
    operationName: typeof operationName === 'string' ? operationName : null,
  };
}

/** The parsed query, or why it cannot be read; one that is nested too deeply for the parser counts as that. */
function parseDocument(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query);
  } catch (error) {
    return error instanceof GraphQLError
      ? error
      : new GraphQLError('The query is nested too deeply.', { originalError: toError(error) });
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function badRequest(message: string): GraphQLAnswer {
  const documentation_url = 'https://docs.github.com/graphql';
  return { status: 400, body: { message, documentation_url, status: '400' }, refusals: [] };
}

function failed(errors: readonly GraphQLError[]): GraphQLAnswer {
  return { status: 200, body: { errors: errors.map(toGitHubError) }, refusals: [] };
}

/** GitHub writes the type of an error beside its message, where others use `extensions`. */
function toGitHubError(error: GraphQLError): object {
  const refusal = error instanceof GitHubRefusal ? error : error.originalError;
  return {
    ...(refusal instanceof GitHubRefusal ? { type: refusal.type } : {}),
    ...(error.path === undefined ? {} : { path: error.path }),
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    message: error.message,
  };
}
