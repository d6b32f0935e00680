import { GraphQLError, NoFragmentCyclesRule, parse, validate, type DocumentNode } from 'graphql';
import type { Plugin, YogaServerOptions } from 'graphql-yoga';
import { isDomainError } from '../../domain/core/errors.ts';
import { withCutMessage } from '../core/errors.ts';
import { NoConditionalSubscriptionRule } from './subscription-root.ts';
import { checkDocument, MAX_TOKENS, tooManyTokens } from './document-limits.ts';

/** What is wrong with a document is told this often; more says nothing new. */
const MAX_VALIDATION_ERRORS = 10;

/** Characters of all documents that are kept parsed; each takes up to 170 bytes, measured with short names. */
const MAX_CACHED_CHARACTERS = 200_000;

/** Characters of a document that is long: it is parsed each time, as clients ask the short ones again and again. */
const LONG_DOCUMENT = 20_000;

/**
 * Checked first, and alone. What fragments in a circle select has no end, so that nothing bounds what the other rules
 * compare; and the rule of graphql-js about a subscription's field fails on conditions of variables.
 */
const FIRST_RULES = [NoFragmentCyclesRule, NoConditionalSubscriptionRule];

/** Reads documents within their limits, and says what is wrong with one in a few short sentences. */
export function useDocumentLimits(): Plugin<{ readonly requestId: string }> {
  return {
    onParse: ({ setParseFn, context }) => {
      setParseFn((source: string, options?: object) => {
        try {
          return parseWithinLimits(source, options);
        } catch (error) {
          throw isDomainError(error) ? forRequest(error, context.requestId) : error;
        }
      });
    },
    onValidate: ({ setValidationFn }) => {
      setValidationFn((schema, document, rules, typeInfo, options) => {
        const limits = {
          ...options,
          maxErrors: MAX_VALIDATION_ERRORS,
          // Words that might be meant are looked for with all that the text has: with a megabyte it takes 30 MB.
          hideSuggestions: isLong(document),
        };
        const wrong = validate(schema, document, FIRST_RULES, limits, typeInfo);
        return wrong.length > 0 ? wrong : validate(schema, document, rules, limits, typeInfo);
      });
      return ({ result, setResult }) => {
        setResult((result as readonly GraphQLError[]).map(withCutMessage));
      };
    },
  };
}

function isLong({ loc }: DocumentNode): boolean {
  return (loc?.source.body.length ?? 0) > LONG_DOCUMENT;
}

function parseWithinLimits(source: string, options?: object): DocumentNode {
  let document: DocumentNode;
  try {
    document = parse(source, { ...options, maxLexicalTokens: MAX_TOKENS });
  } catch (error) {
    const isTooLong = error instanceof GraphQLError && error.message.includes(ABORTED);
    throw isTooLong ? tooManyTokens() : error;
  }
  checkDocument(document);
  return document;
}

/** How graphql-js says that it stopped at the limit of tokens. */
const ABORTED = `more that ${MAX_TOKENS} tokens. Parsing aborted.`;

/** What is thrown while parsing is masked where the request is not known. */
function forRequest(error: Error, requestId: string): GraphQLError {
  return new GraphQLError(error.message, { originalError: error, extensions: { requestId } });
}

type DocumentCaches = Exclude<
  NonNullable<YogaServerOptions<object, object>['parserAndValidationCache']>,
  boolean
>;

/**
 * Keeps short documents that were parsed, the latest of them, within a bound of memory. Yoga's own cache keeps a thousand
 * documents of any length for an hour, and those that are refused with the error.
 */
export function createDocumentCaches(): DocumentCaches {
  const documents = new Map<string, DocumentNode>();
  let characters = 0;
  const forget = (source: string): void => {
    if (documents.delete(source)) {
      characters -= source.length;
    }
  };
  return {
    documentCache: {
      get: (source) => {
        const document = documents.get(source);
        if (document !== undefined) {
          // Used last.
          documents.delete(source);
          documents.set(source, document);
        }
        return document;
      },
      set: (source, document) => {
        if (source.length > LONG_DOCUMENT) {
          return;
        }
        forget(source);
        documents.set(source, document);
        characters += source.length;
        for (const oldest of documents.keys()) {
          if (characters <= MAX_CACHED_CHARACTERS) {
            return;
          }
          forget(oldest);
        }
      },
    },
    // What is refused is refused as quickly anew.
    errorCache: { get: () => undefined, set: () => undefined },
  };
}
