import { sign } from '@octokit/webhooks-methods';
import { describe, expect, it } from 'vitest';
import { createVerifier, parseSignature } from '../../../../src/api/webhooks/signature.ts';
import { createNodeHmac } from '../../../../src/runtime/webhooks/node-hmac.ts';
import { EXAMPLE_EVENTS, examplesOf } from '../../../support/github/webhook-examples.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Which secrets signed a body that arrives in two pieces. */
function findSigners(
  secrets: readonly string[],
  body: Uint8Array,
  signature: Uint8Array,
  createHmac = createNodeHmac,
): ReadonlySet<string> {
  const verifier = createVerifier(createHmac, secrets, signature);
  const half = Math.ceil(body.length / 2);
  verifier.update(body.subarray(0, half));
  verifier.update(body.subarray(half));
  return verifier.signers();
}

describe('a verifier', () => {
  it("finds the secret by which GitHub's own library has signed, for every real payload", async () => {
    const events = EXAMPLE_EVENTS.map((event) => JSON.stringify(examplesOf(event)[0]));
    for (const body of events) {
      const signature = parseSignature(await sign('right', body));
      expect(signature).not.toBeNull();
      const signers = findSigners(
        ['wrong', 'right', 'right', ''],
        bytesOf(body),
        signature ?? new Uint8Array(),
      );
      expect([...signers]).toEqual(['right']);
    }
  });

  it('finds none for another body, another secret, an empty secret, and without secrets', async () => {
    const signature = parseSignature(await sign('right', '{}')) ?? new Uint8Array();
    expect(findSigners(['right'], bytesOf('{ }'), signature)).toEqual(new Set());
    expect(findSigners(['wrong'], bytesOf('{}'), signature)).toEqual(new Set());
    expect(findSigners([''], bytesOf('{}'), signature)).toEqual(new Set());
    expect(findSigners([], bytesOf('{}'), signature)).toEqual(new Set());
  });

  it('tries twenty different secrets, each once', async () => {
    const signature = parseSignature(await sign('right', '{}')) ?? new Uint8Array();
    const tried: string[] = [];
    const counting = (secret: string) => {
      tried.push(secret);
      return createNodeHmac(secret);
    };
    const others = Array.from({ length: 20 }, (_, index) => `other ${index}`);
    const equal = Array.from({ length: 500 }, () => 'other 0');
    const find = (secrets: readonly string[]) =>
      findSigners(secrets, bytesOf('{}'), signature, counting);
    expect(find([...equal, ...others.slice(2), 'right'])).toEqual(new Set(['right']));
    expect(find([...others, 'right'])).toEqual(new Set());
    expect(tried).toHaveLength(40);
    expect(new Set(tried.slice(0, 20)).size).toBe(20);
  });
});

describe('parseSignature', () => {
  it('takes sha256= and 64 hexadecimal digits, and nothing else', () => {
    const hex = 'ab'.repeat(32);
    expect(parseSignature(`sha256=${hex}`)).toEqual(new Uint8Array(32).fill(0xab));
    for (const other of [
      '',
      hex,
      `sha1=${hex}`,
      `sha256=${hex}0`,
      `sha256=${hex.slice(1)}`,
      `sha256=${'zz'.repeat(32)}`,
    ]) {
      expect(parseSignature(other)).toBeNull();
    }
  });
});
