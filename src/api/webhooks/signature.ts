/** `sha256=` and 64 hexadecimal digits; anything else is no signature of ours. */
const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;

/** The bytes of an `X-Hub-Signature-256` header; null when it is not of its form. */
export function parseSignature(header: string): Uint8Array | null {
  const [, hex] = SIGNATURE.exec(header) ?? [];
  return hex === undefined
    ? null
    : Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** An HMAC-SHA-256 that takes its message in pieces, which WebCrypto does not. */
export interface Hmac {
  update(bytes: Uint8Array): void;
  /** 32 bytes; called once, at the end. */
  digest(): Uint8Array;
}

/** Begins an HMAC-SHA-256 under a secret. The host gives its own, because it is faster than any script. */
export type CreateHmac = (secret: string) => Hmac;

/** Each secret that is tried hashes the whole body. The connections of an App that is set up rightly share one. */
const MAX_SECRETS = 20;

/** Hashes a message under several secrets while it arrives. */
export interface Verifier {
  update(bytes: Uint8Array): void;
  /** The secrets that signed it. The comparison takes the same time wherever the signatures differ. */
  signers(): ReadonlySet<string>;
}

/** @param secrets of different ones the first 20 are tried; an empty one signs nothing */
export function createVerifier(
  createHmac: CreateHmac,
  secrets: Iterable<string>,
  signature: Uint8Array,
): Verifier {
  const distinct = [...new Set(secrets)].filter((secret) => secret !== '').slice(0, MAX_SECRETS);
  const hmacs = distinct.map((secret) => ({ secret, hmac: createHmac(secret) }));
  return {
    update: (bytes) => {
      for (const { hmac } of hmacs) {
        hmac.update(bytes);
      }
    },
    signers: () => {
      const signing = hmacs.filter(({ hmac }) => isEqual(hmac.digest(), signature));
      return new Set(signing.map(({ secret }) => secret));
    },
  };
}

function isEqual(digest: Uint8Array, signature: Uint8Array): boolean {
  const difference = digest.reduce((sum, byte, index) => sum | (byte ^ (signature[index] ?? 0)), 0);
  return difference === 0 && digest.length === signature.length;
}
