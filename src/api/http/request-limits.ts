import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Bytes of a request's body at the most: 5,000 rows of an import with all their numbers are 1.4 MB. */
export const MAX_BODY_BYTES = 2_000_000;

const JSON_TYPE = 'application/json';

function mediaType(request: Request): string {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  return type.trim().toLowerCase();
}

/** The same request with the content type of JSON as Yoga compares it, in lower case and followed by nothing. */
export function withPlainContentType(request: Request): Request {
  if (mediaType(request) !== JSON_TYPE || request.headers.get('content-type') === JSON_TYPE) {
    return request;
  }
  // Some hosts do not let the headers of a request be changed.
  const headers = new Headers(request.headers);
  headers.set('content-type', JSON_TYPE);
  return new Request(request, { headers });
}

/** Yoga lets what JSON.parse throws through for an address, which is no fault of ours. */
function toBadRequest(error: unknown): unknown {
  return error instanceof SyntaxError
    ? new GraphQLError('Send variables and extensions as JSON in the address.', {
        extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
      })
    : error;
}

/** Refuses what a page of another site could send without asking first, and addresses that cannot be read. */
export function useRequestLimits(): Plugin {
  return {
    onRequestParse: ({ request, requestParser, setRequestParser, endResponse, fetchAPI }) => {
      if (request.method === 'POST' && mediaType(request) !== JSON_TYPE) {
        const message = 'Send the request as application/json.';
        endResponse(
          fetchAPI.Response.json(
            { errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] },
            { status: 415 },
          ),
        );
      } else if (request.method === 'GET' && requestParser !== undefined) {
        setRequestParser((asked) => {
          try {
            return requestParser(asked);
          } catch (error) {
            throw toBadRequest(error);
          }
        });
      }
    },
  };
}
