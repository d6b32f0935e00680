/** SHA-256 of an access token, the form in which it is stored and looked up: 32 random bytes need no salt. */
export async function hashAccessToken(token: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
}

const TOKEN_BYTES = 32;

/** A token that nobody has, and its SHA-256. */
export interface NewAccessToken {
  /** `tl_` and 64 hexadecimal digits; it is shown once and stored nowhere. */
  readonly secret: string;
  readonly hash: Uint8Array<ArrayBuffer>;
}

/** Makes an access token out of 32 random bytes. */
export async function generateAccessToken(): Promise<NewAccessToken> {
  const random = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  const secret = `tl_${[...random].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  return { secret, hash: await hashAccessToken(secret) };
}
