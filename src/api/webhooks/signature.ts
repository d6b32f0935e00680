const encoder = new TextEncoder();

/** `sha256=` and 64 hexadecimal digits; anything else is no signature of ours. */
const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;

/** The bytes of an `X-Hub-Signature-256` header; null when it is not of its form. */
export function parseSignature(header: string): Uint8Array<ArrayBuffer> | null {
  const [, hex] = SIGNATURE.exec(header) ?? [];
  return hex === undefined
    ? null
    : Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Each secret that is tried hashes the whole body. The connections of an App that is set up rightly share one. */
const MAX_SECRETS = 20;

/**
 * Which of the secrets signed the bytes; of different ones the first 20 are tried. The comparison takes the same time wherever the signatures differ, and
 * somebody without any secret is answered after the same work.
 */
export async function findSigners(
  secrets: readonly string[],
  body: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): Promise<ReadonlySet<string>> {
  const signers = new Set<string>();
  // An empty key is refused by WebCrypto, and signs nothing here.
  const distinct = new Set(secrets.filter((secret) => secret !== ''));
  if (distinct.size === 0) {
    await isSignedBy(crypto.getRandomValues(new Uint8Array(32)), body, signature);
  }
  for (const secret of [...distinct].slice(0, MAX_SECRETS)) {
    if (await isSignedBy(encoder.encode(secret), body, signature)) {
      signers.add(secret);
    }
  }
  return signers;
}

async function isSignedBy(
  secret: Uint8Array<ArrayBuffer>,
  body: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['verify']);
  return crypto.subtle.verify('HMAC', key, signature, body);
}
