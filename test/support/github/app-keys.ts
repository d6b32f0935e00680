import { generateKeyPairSync } from 'node:crypto';

/** A pair of keys of a GitHub App, as PEM. */
export interface AppKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/**
 * A new pair.
 * @param form of the private key: GitHub hands out PKCS#1, and PKCS#8 is what others make of it
 */
export function createAppKeys(form: 'pkcs1' | 'pkcs8' = 'pkcs1'): AppKeys {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: form, format: 'pem' },
  });
}
