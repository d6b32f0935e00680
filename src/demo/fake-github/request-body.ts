import type { IncomingMessage } from 'node:http';

const MAX_BODY_BYTES = 1_000_000;

/**
 * The text of a request, or null when it is larger than a megabyte. It is read to its end in any case, so that the
 * client hears the answer.
 */
export async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size <= MAX_BODY_BYTES) {
      chunks.push(chunk);
    }
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : null;
}
