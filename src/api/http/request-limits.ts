import { parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Bytes of a request's body at the most: 5,000 rows of an import with all their numbers are 1.4 MB. */
export const MAX_BODY_BYTES = 2_000_000;

/** Tokens of a document at the most: it acts while parsing, before depth can cost anything. */
const MAX_TOKENS = 2_000;

function mediaType(request: Request): string {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  return type.trim().toLowerCase();
}

/** Refuses what a page of another site could send without asking first, and documents that are too long. */
export function useRequestLimits(): Plugin {
  return {
    onRequestParse: ({ request, endResponse, fetchAPI }) => {
      if (request.method === 'POST' && mediaType(request) !== 'application/json') {
        const message = 'Send the request as application/json.';
        endResponse(
          fetchAPI.Response.json(
            { errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] },
            { status: 415 },
          ),
        );
      }
    },
    onParse: ({ setParseFn }) => {
      setParseFn((source: string, options?: object) =>
        parse(source, { ...options, maxLexicalTokens: MAX_TOKENS }),
      );
    },
  };
}
