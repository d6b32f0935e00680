/** What is known of an operation while it is answered; whoever learns something notes it here. */
export interface ObservedOperation {
  /** As its document names it: text of the client. Null while it is not known, and where it has none. */
  name: string | null;
  /** `query`, `mutation` or `subscription`; null where the request was refused before it was known. */
  type: string | null;
  /** Points that it was let in with; null where nothing was counted. */
  cost: number | null;
  /** Codes of its errors, each once, those that a mutation answers as data included. */
  readonly codes: Set<string>;
}

/** A request to /graphql that has its answer; of a subscription, that its stream has begun or was refused. */
export interface AnsweredOperation extends Readonly<ObservedOperation> {
  readonly requestId: string;
  /** Of the HTTP response; 499 where the client had gone before it was there. */
  readonly status: number;
  readonly durationMs: number;
}

/** Hears of each request to /graphql once it has its answer, within the asynchronous context of the request. */
export type OnOperation = (operation: AnsweredOperation) => void;

export function beginObservation(): ObservedOperation {
  return { name: null, type: null, cost: null, codes: new Set() };
}
