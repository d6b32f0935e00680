import { createHeldBytes, UNCOUNTED_BYTES, type ByteBudget } from '../webhooks/byte-budget.ts';

/**
 * Counts the body of a request while it arrives and until it is answered, because whoever parses it holds it whole.
 * When there is no room for more of it, the body breaks off, so that nothing is done with a part of it, and the answer
 * is 503.
 * @param onFull called before that answer
 */
export async function answerHoldingBody(
  request: Request,
  heldBytes: ByteBudget,
  answer: (request: Request) => Promise<Response>,
  onFull: () => void,
): Promise<Response> {
  const claimed = request.headers.get('content-length');
  if (request.body === null || (claimed !== null && Number(claimed) <= UNCOUNTED_BYTES)) {
    return answer(request);
  }
  const held = createHeldBytes(heldBytes);
  let isFull = false;
  const body = request.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        if (held.take(chunk.byteLength)) {
          controller.enqueue(chunk);
        } else {
          isFull = true;
          controller.error(new Error('there is no room for the body'));
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
  } catch (error) {
    if (!isFull) {
      throw error;
    }
  } finally {
    held.release();
  }
  onFull();
  const message = 'Too much is sent at once: send it again in a few seconds.';
  return Response.json(
    { errors: [{ message, extensions: { code: 'OVERLOADED' } }] },
    { status: 503, headers: { 'retry-after': '2' } },
  );
}
