import type { GraphQLError } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { createApiSchema } from './api-schema.ts';
import { readScopeOf, type ApiContext, type ApiServices } from './core/context.ts';
import { createErrorMask, type HttpAnswer } from './core/errors.ts';
import type { Logger } from './core/logger.ts';
import { beginObservation, type ObservedOperation, type OnOperation } from './core/observation.ts';
import { createRequestReads } from './core/request-reads.ts';
import { hashBearerToken, type Authenticate } from './http/authentication.ts';
import { useCostLimits, type CostLimits } from './http/cost-limits.ts';
import { allowOrigin, answerPreflight, type AllowedOrigins } from './http/cross-origin.ts';
import { createDocumentCaches, useDocumentLimits } from './http/documents.ts';
import { announceCut, useEventStreams } from './http/event-stream.ts';
import { useExecution } from './http/execution.ts';
import { answerFrontPage } from './http/front-page.ts';
import { answerHoldingBody } from './http/held-bodies.ts';
import { useObservedErrors, useObservedOperations } from './http/observed-operations.ts';
import { answerQueryEditor } from './http/query-editor.ts';
import { answerReadiness, type Parts } from './http/readiness.ts';
import { MAX_BODY_BYTES, useRequestLimits, withPlainContentType } from './http/request-limits.ts';
import type { ByteBudget } from './webhooks/byte-budget.ts';
import { answerWebhook, type WebhookServices } from './webhooks/endpoint.ts';

/** What the API is made of: the services of its resolvers, and what stands around them. */
export interface ApiDependencies {
  readonly services: ApiServices;
  readonly authenticate: Authenticate;
  /** Null where no master key opens the secrets of webhooks. */
  readonly webhooks: WebhookServices | null;
  /** Bounds what is held of bodies at the same time. */
  readonly heldBytes: ByteBudget;
  /** Which parts answer. Never rejects. */
  readonly lookAtParts: () => Promise<Parts>;
  readonly logger: Logger;
  /** Null lets every query run, whatever it costs: for measuring what the limits cost. */
  readonly costLimits: CostLimits | null;
  /** Serves the query editor to browsers at /graphql: not in production. */
  readonly graphiql: boolean;
  /** Origins of other sites whose pages may ask /graphql. */
  readonly allowedOrigins: AllowedOrigins;
  /** Hears of each request to /graphql that is answered; nobody unless given. */
  readonly onOperation?: OnOperation | undefined;
}

/** The API as a function from requests to responses, on any host. */
export type ApiHandler = ReturnType<typeof createApiHandler>;

const GRAPHQL_PATH = '/graphql';

/** The budget of all requests without a valid token: they are answered what the schema is, and else that they need one. */
const ANONYMOUS = 'anonymous';

/** What is told of a request whose client has not waited for its answer: no status that anybody gets. As nginx has it. */
const CLIENT_GONE = 499;

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** What the wrapper hands to Yoga, which puts it into each context. */
interface ServerContext {
  readonly requestId: string;
  /**
   * The requests that the one that is answered was made of. The signal of each is followed through a weak reference of
   * the runtime: if one of them were collected, nobody would hear that the client has gone.
   */
  readonly requests: readonly Request[];
  readonly observed: ObservedOperation;
}

/** The answer to a request that failed outside of GraphQL: a webhook's while the database is away, or a defect. */
function toResponse({ message, extensions: { http, ...extensions } }: GraphQLError): Response {
  const { status = 500, headers = {} } = (http ?? {}) as Partial<HttpAnswer>;
  return Response.json({ errors: [{ message, extensions }] }, { status, headers });
}

/**
 * Answers /graphql, /webhooks/…, / (what is here), /health (the process is up) and /ready (which parts answer, and which task
 * queues have a worker). A request that fails in any way is answered: nothing of the cause but the request's id leaves
 * the process.
 */
export function createApiHandler(dependencies: ApiDependencies) {
  const { services, webhooks } = dependencies;
  const mask = createErrorMask(dependencies.logger);

  async function createContext(
    request: Request,
    requestId: string,
    observed: ObservedOperation,
  ): Promise<ApiContext> {
    const tokenHash = await hashBearerToken(request);
    const authenticateAgain = async () =>
      tokenHash === null ? null : dependencies.authenticate(tokenHash);
    const viewer = await authenticateAgain();
    const scope = readScopeOf(viewer);
    return {
      requestId,
      observed,
      signal: request.signal,
      viewer,
      account: viewer === null || tokenHash === null ? ANONYMOUS : tokenHash.join('.'),
      authenticateAgain,
      reads: createRequestReads(() => services.reads.open(scope)),
      services,
    };
  }

  const yoga = createYoga<ServerContext, ApiContext>({
    schema: createApiSchema(),
    graphqlEndpoint: GRAPHQL_PATH,
    context: async ({ request, requestId, observed }) => {
      try {
        return await createContext(request, requestId, observed);
      } catch (error) {
        throw mask(error, requestId);
      }
    },
    maskedErrors: { maskError: (error) => mask(error, crypto.randomUUID()) },
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: MAX_BODY_BYTES,
    // Done around Yoga, for what is refused before it too.
    cors: false,
    logging: false,
    parserAndValidationCache: createDocumentCaches(),
    plugins: [
      useObservedOperations(),
      useRequestLimits(),
      useDocumentLimits(),
      ...(dependencies.costLimits === null ? [] : [useCostLimits(dependencies.costLimits, mask)]),
      useExecution(mask),
      useEventStreams(),
      useObservedErrors(),
    ],
  });

  /** @throws as Yoga and the client's body do */
  async function answerGraphql(request: Request, requestId: string): Promise<Response> {
    const begun = performance.now();
    const observed = beginObservation();
    let status = 500;
    try {
      const response = await answerHoldingBody(
        request,
        dependencies.heldBytes,
        async (held) =>
          announceCut(
            await yoga.fetch(withPlainContentType(held), {
              requestId,
              requests: [request, held],
              observed,
            }),
          ),
        // What was said of the body that broke off is not what is answered.
        () => {
          observed.codes.clear();
          observed.codes.add('OVERLOADED');
        },
      );
      response.headers.set('x-request-id', requestId);
      ({ status } = response);
      return response;
    } finally {
      const durationMs = performance.now() - begun;
      const told = request.signal.aborted ? CLIENT_GONE : status;
      dependencies.onOperation?.({ ...observed, requestId, status: told, durationMs });
    }
  }

  async function answer(request: Request, requestId: string): Promise<Response> {
    const path = new URL(request.url).pathname;
    const page = dependencies.graphiql
      ? await answerQueryEditor(request, path, GRAPHQL_PATH)
      : null;
    if (page !== null) {
      return page;
    }
    switch (path) {
      case '/':
        return answerFrontPage(request, dependencies.graphiql);
      case '/health':
        return Response.json({ status: 'ok' });
      case '/ready':
        return answerReadiness(dependencies.lookAtParts, services.launcher);
      case GRAPHQL_PATH:
        return (
          answerPreflight(request, dependencies.allowedOrigins) ??
          (await answerGraphql(request, requestId))
        );
      default: {
        const response = webhooks === null ? null : await answerWebhook(webhooks, request);
        return (
          response ??
          Response.json(
            { errors: [{ message: 'Nothing is here: the API answers at /graphql.' }] },
            { status: 404 },
          )
        );
      }
    }
  }

  return {
    fetch: async (request: Request): Promise<Response> => {
      const given = request.headers.get('x-request-id') ?? '';
      const requestId = REQUEST_ID.test(given) ? given : crypto.randomUUID();
      let response: Response;
      try {
        response = await answer(request, requestId);
      } catch (error) {
        if (request.signal.aborted) {
          // The client has gone: there is nobody to answer.
          throw error;
        }
        response = toResponse(mask(error, requestId));
      }
      allowOrigin(request, response, dependencies.allowedOrigins);
      return response;
    },
    /** Subscriptions that are open. */
    activeStreams: services.streams.active,
    /** Ends all subscriptions and takes no more, so that a host can drain. */
    endStreams: services.streams.endAll,
    dispose: async () => {
      services.streams.endAll();
      await yoga.dispose();
    },
  };
}
