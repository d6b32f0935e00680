/** Which secret of which row: a ciphertext that is moved elsewhere does not open. */
export interface SecretScope {
  readonly table: string;
  readonly column: string;
  readonly teamId: bigint;
  readonly rowId: bigint;
}

/** Seals and opens secrets at rest. */
export interface SecretBox {
  /** Names the key that seals, as envelopes do, without giving it away. */
  readonly keyId: string;
  /** `v1.<keyId>.<nonce>.<ciphertext>`, AES-256-GCM with a random nonce, bound to its scope. */
  seal(plain: string, scope: SecretScope): Promise<string>;
  /** @throws UnknownKeyError when the key is not configured; Error when the text was changed, or it belongs to another scope */
  open(envelope: string, scope: SecretScope): Promise<string>;
}

/** The key that sealed a secret is none of this process's; another worker may have it. */
export class UnknownKeyError extends Error {
  constructor(keyId: string) {
    super(
      `A secret was sealed with the encryption key ${keyId}, which is not configured here: THROUGHLINE_ENCRYPTION_KEY and THROUGHLINE_ENCRYPTION_KEYS_RETIRED must be the same for the gateway and every worker.`,
    );
    this.name = 'UnknownKeyError';
  }
}

const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const KEY_ID_CHARACTERS = 8;

/**
 * @param keys master keys, base64 of 32 bytes each; the first seals, all of them open (rotation)
 * @throws Error when a key has another length
 */
export async function createSecretBox(keys: readonly string[]): Promise<SecretBox> {
  const imported = new Map<string, CryptoKey>();
  for (const key of keys) {
    const bytes = Uint8Array.from(atob(key), (character) => character.charCodeAt(0));
    if (bytes.length !== KEY_BYTES) {
      throw new Error(`an encryption key has ${bytes.length} bytes, it must have ${KEY_BYTES}`);
    }
    const keyId = await fingerprint(bytes);
    imported.set(
      keyId,
      await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']),
    );
  }
  const [first] = imported;
  if (first === undefined) {
    throw new Error('there is no encryption key');
  }
  const [sealingId, sealingKey] = first;
  return {
    keyId: sealingId,
    async seal(plain, scope) {
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const sealed = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv, additionalData: associate(scope) },
        sealingKey,
        new TextEncoder().encode(plain),
      );
      return ['v1', sealingId, toBase64(iv), toBase64(new Uint8Array(sealed))].join('.');
    },
    async open(envelope, scope) {
      const [version, keyId = '', nonce, sealed, ...more] = envelope.split('.');
      const isWhole = nonce !== undefined && sealed !== undefined && more.length === 0;
      if (version !== 'v1' || !isWhole) {
        throw new Error('the secret is not in the form in which secrets are sealed');
      }
      const key = imported.get(keyId);
      if (key === undefined) {
        throw new UnknownKeyError(keyId);
      }
      try {
        const plain = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv: fromBase64(nonce), additionalData: associate(scope) },
          key,
          fromBase64(sealed),
        );
        return new TextDecoder().decode(plain);
      } catch (error) {
        throw new Error('the secret was changed, or belongs to another row', { cause: error });
      }
    },
  };
}

function associate(scope: SecretScope): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode([scope.table, scope.column, scope.rowId, scope.teamId].join('|'));
}

/** Names a key without giving it away. */
async function fingerprint(key: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', key));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.slice(0, KEY_ID_CHARACTERS);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Takes one form only: other texts with the same bytes (spaces, spare bits) were not written by `toBase64`. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  if (toBase64(bytes) !== text) {
    throw new Error('the text is not in canonical base64');
  }
  return bytes;
}
