import type { DocumentDecoration } from 'gql.tada';

/** A GraphQL document or fragment as it is at run time, with the types of its answer and its variables. */
export interface GraphQLDocument<Answer, Variables> extends DocumentDecoration<Answer, Variables> {
  /** Its own text, then those of the fragments that it spreads, each once. */
  readonly parts: readonly string[];
}

/** Puts a text together with the fragments that it spreads, and with those that they spread. */
export function compose<Answer, Variables>(
  text: string,
  fragments: readonly DocumentDecoration[] = [],
): GraphQLDocument<Answer, Variables> {
  return { parts: [...new Set([text, ...fragments.flatMap(partsOf)])] };
}

/** The text of a document that is sent. */
export function textOf(document: DocumentDecoration): string {
  return partsOf(document).join('\n');
}

/** To gql.tada's types a document is a parsed tree; here all are made by `compose`. */
function partsOf(document: DocumentDecoration): readonly string[] {
  return (document as GraphQLDocument<unknown, unknown>).parts;
}

/**
 * A document that may be sent. To gql.tada a field that the schema does not have is `unknown` and no error; nothing can be
 * given for a document with such an answer.
 */
export type Sendable<Answer, Variables> = DocumentDecoration<Answer, Variables> &
  (true extends HasUnknown<Answer>
    ? 'The document is no literal, or asks for a field that the schema does not have.'
    : unknown);

type HasUnknown<Value> = unknown extends Value
  ? true
  : Value extends readonly (infer Item)[]
    ? HasUnknown<Item>
    : Value extends object
      ? { [Field in keyof Value]: HasUnknown<Value[Field]> }[keyof Value]
      : never;
