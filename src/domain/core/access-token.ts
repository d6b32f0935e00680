/** SHA-256 of an access token, the form in which it is stored and looked up: 32 random bytes need no salt. */
export async function hashAccessToken(token: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
}
