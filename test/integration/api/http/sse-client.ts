import { EventSourceParserStream } from 'eventsource-parser/stream';

/** One result of a subscription as the server sent it. */
export interface StreamResult {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string };
  }[];
}

export interface SseStream {
  readonly status: number;
  readonly headers: Headers;
  readonly contentType: string | null;
  /** What results said of their cost, in the order in which they came. */
  readonly costs: readonly object[];
  /**
   * The next result, without what it costs, or null when the stream has completed; what was refused has one result, the
   * refusal.
   * @throws Error when the stream was cut
   */
  next(): Promise<StreamResult | null>;
  /** Cuts the connection without a word. */
  cut(): void;
}

/** Opens a subscription over HTTP as browsers' fetch does. */
export async function openStream(
  url: string,
  token: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<SseStream> {
  const controller = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query, variables }),
    signal: controller.signal,
  });
  const contentType = response.headers.get('content-type');
  if (contentType !== 'text/event-stream') {
    const results = [(await response.json()) as StreamResult];
    return {
      status: response.status,
      headers: response.headers,
      contentType,
      costs: [],
      next: async () => results.pop() ?? null,
      cut: () => undefined,
    };
  }
  const reader = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  const costs: object[] = [];
  return {
    costs,
    status: response.status,
    headers: response.headers,
    contentType,
    next: async () => {
      const read = await reader?.read();
      if (read === undefined || read.done) {
        throw new Error('the stream ended without completing');
      }
      if (read.value.event === 'complete') {
        return null;
      }
      const { extensions, ...result } = JSON.parse(read.value.data) as StreamResult & {
        readonly extensions?: { readonly cost: object };
      };
      if (extensions !== undefined) {
        costs.push(extensions.cost);
      }
      return result;
    },
    cut: () => controller.abort(),
  };
}
