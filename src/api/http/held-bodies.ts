import type { ByteBudget } from '../webhooks/byte-budget.ts';

/** Smaller bodies are not counted: the cap on connections bounds them. */
const UNCOUNTED_BYTES = 64 * 1024;

/**
 * Counts the body of a request while it arrives and until it is answered, because whoever parses it holds it whole.
 * When there is no room for more of it, the rest is not read and the answer is 503.
 */
export async function answerHoldingBody(
  request: Request,
  heldBytes: ByteBudget,
  answer: (request: Request) => Promise<Response>,
): Promise<Response> {
  const claimed = request.headers.get('content-length');
  if (request.body === null || (claimed !== null && Number(claimed) <= UNCOUNTED_BYTES)) {
    return answer(request);
  }
  let held = 0;
  let isFull = false;
  const body = request.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        if (heldBytes.take(chunk.byteLength)) {
          held += chunk.byteLength;
          controller.enqueue(chunk);
        } else {
          isFull = true;
          controller.terminate();
        }
      },
    }),
  );
  try {
    const init = { body, duplex: 'half' };
    const response = await answer(new Request(request, init));
    if (!isFull) {
      return response;
    }
    await response.body?.cancel();
    const message = 'Too much is sent at once: send it again in a few seconds.';
    return Response.json(
      { errors: [{ message, extensions: { code: 'OVERLOADED' } }] },
      { status: 503, headers: { 'retry-after': '2' } },
    );
  } finally {
    heldBytes.give(held);
  }
}
