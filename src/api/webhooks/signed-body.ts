import { unreadable, unsigned, WebhookRefusal } from './answers.ts';
import { createHeldBytes, type ByteBudget } from './byte-budget.ts';
import { createVerifier, parseSignature, type CreateHmac } from './signature.ts';

/** What reading signed bodies needs. */
export interface SignedBodyServices {
  readonly createHmac: CreateHmac;
  /** Bounds what is held of the bodies of all webhooks together, behind the first 64 KB of each. */
  readonly heldBytes: ByteBudget;
}

/** A body that has been read to its end. */
export interface SignedBody {
  /** Those of the secrets that signed it. */
  readonly signers: ReadonlySet<string>;
  /** Whether there was room to keep it. */
  readonly isKept: boolean;
  /** What is kept, as UTF-8; empty when nothing is. */
  text(): string;
  /** Which of further secrets signed what is kept. */
  signersAmong(secrets: Iterable<string>): ReadonlySet<string>;
  /** Must be called when nobody needs the body any more; may be called more than once. */
  release(): void;
}

export interface SignedBodyOptions {
  readonly signature: Uint8Array;
  /** Those who may have signed it. */
  readonly known: readonly { readonly secret: string }[];
  /** Bytes of this body at the most. */
  readonly maxBytes: number;
}

/**
 * Reads the signature of a request, of which only the headers are looked at.
 * @throws WebhookRefusal 401 without a SHA-256 signature, 405, 415 unless it is JSON
 */
export function readSignature(request: Request): Uint8Array {
  if (request.method !== 'POST') {
    throw new WebhookRefusal(405, 'BAD_REQUEST', 'Webhooks are sent with POST.', { allow: 'POST' });
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

/**
 * Reads a body and hashes it while it arrives. What there is no room for is hashed all the same and not kept: whoever
 * sent it without the secret is told so however much others send. Where nobody is known who may have signed it, it is not
 * read.
 * @throws WebhookRefusal 401 where nobody is known, 413 above `maxBytes`; nothing is held then
 */
export async function readSignedBody(
  { createHmac, heldBytes }: SignedBodyServices,
  request: Request,
  { signature, known, maxBytes }: SignedBodyOptions,
): Promise<SignedBody> {
  if (known.length === 0) {
    throw unsigned();
  }
  const secrets = known.map(({ secret }) => secret);
  const verifier = createVerifier(createHmac, secrets, signature);
  let chunks: Uint8Array[] = [];
  const held = createHeldBytes(heldBytes);
  let isKept = true;
  const release = (): void => {
    chunks = [];
    held.release();
  };
  try {
    for await (const chunk of readChunks(request, maxBytes)) {
      verifier.update(chunk);
      isKept &&= held.take(chunk.byteLength);
      if (isKept) {
        chunks.push(chunk);
      } else {
        release();
      }
    }
  } catch (error) {
    release();
    throw error;
  }
  return {
    signers: verifier.signers(),
    isKept,
    text: () => {
      const decoder = new TextDecoder();
      return (
        chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
      );
    },
    signersAmong: (others) => {
      const further = createVerifier(createHmac, others, signature);
      for (const chunk of chunks) {
        further.update(chunk);
      }
      return isKept ? further.signers() : new Set();
    },
    release,
  };
}

function tooLarge(maxBytes: number): WebhookRefusal {
  return new WebhookRefusal(
    413,
    'LIMIT_EXCEEDED',
    `The body is larger than ${maxBytes} bytes: it cannot be a webhook.`,
  );
}

/**
 * Refuses by its header what is too large, before it is looked up who sends: the answer must not tell.
 * @throws WebhookRefusal 413
 */
export function checkClaimedLength(request: Request, maxBytes: number): void {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) {
    throw tooLarge(maxBytes);
  }
}

/** The header may lie or be missing, so the bytes are counted. */
async function* readChunks(request: Request, maxBytes: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  const reader = request.body?.getReader();
  for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) {
    length += chunk.value.byteLength;
    if (length > maxBytes) {
      await reader?.cancel();
      throw tooLarge(maxBytes);
    }
    yield chunk.value;
  }
}

/**
 * The JSON object of a body whose signer is known.
 * @throws WebhookRefusal 400 when it is something else, 503 when there was no room to keep it
 */
export function parseObject(body: SignedBody): Readonly<Record<string, unknown>> {
  if (!body.isKept) {
    throw new WebhookRefusal(
      503,
      'OVERLOADED',
      'Too much is sent at once: send it again in a few seconds.',
      { 'retry-after': '2' },
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.text());
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
