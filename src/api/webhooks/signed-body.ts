import { unreadable, unsigned, WebhookRefusal } from './answers.ts';
import { findSigners, parseSignature } from './signature.ts';

/** A request that is signed, before anybody has looked at whether the signature fits. */
export interface SignedBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a signed JSON request up to its limit.
 * @throws WebhookRefusal 401 without a SHA-256 signature, 405, 413 above `maxBytes`, 415 unless it is JSON
 */
export async function readSignedBody(request: Request, maxBytes: number): Promise<SignedBody> {
  const signature = readSignature(request);
  return { bytes: await readBytes(request, maxBytes), signature };
}

/**
 * Reads the signature of a request, of which only the headers are looked at.
 * @throws WebhookRefusal 401 without a SHA-256 signature, 405, 415 unless it is JSON
 */
export function readSignature(request: Request): SignedBody['signature'] {
  if (request.method !== 'POST') {
    throw new WebhookRefusal(405, 'BAD_REQUEST', 'Webhooks are sent with POST.');
  }
  const header = request.headers.get('x-hub-signature-256');
  if (header === null) {
    throw unsigned(
      request.headers.has('x-hub-signature')
        ? 'A SHA-1 signature is not enough: send X-Hub-Signature-256.'
        : 'The webhook is not signed: give it a secret, so that X-Hub-Signature-256 is sent.',
    );
  }
  const signature = parseSignature(header);
  if (signature === null) {
    throw unsigned();
  }
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') {
    throw new WebhookRefusal(
      415,
      'BAD_REQUEST',
      'Set the content type of the webhook to application/json.',
    );
  }
  return signature;
}

/** The receivers whose secret signed the body. @throws WebhookRefusal 401 when there is none */
export async function verifyReceivers<Receiver extends { readonly secret: string }>(
  receivers: readonly Receiver[],
  { bytes, signature }: SignedBody,
): Promise<Receiver[]> {
  const signers = await findSigners(
    receivers.map(({ secret }) => secret),
    bytes,
    signature,
  );
  if (signers.size === 0) {
    throw unsigned();
  }
  return receivers.filter(({ secret }) => signers.has(secret));
}

/** The JSON object of a body. @throws WebhookRefusal 400 when it is something else */
export function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw unreadable('The body is not JSON: send it as the documentation of webhooks says.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw unreadable(
      'The body is not a JSON object: send it as the documentation of webhooks says.',
    );
  }
  return parsed as Record<string, unknown>;
}

/** The header may lie or be missing, so the bytes are counted as well. */
async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = new WebhookRefusal(
    413,
    'LIMIT_EXCEEDED',
    `The body is larger than ${maxBytes} bytes: it cannot be a webhook.`,
  );
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) {
    throw tooLarge;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) {
    length += chunk.value.byteLength;
    if (length > maxBytes) {
      await reader?.cancel();
      throw tooLarge;
    }
    chunks.push(chunk.value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
