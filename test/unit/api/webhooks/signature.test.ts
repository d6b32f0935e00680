import { sign } from '@octokit/webhooks-methods';
import { describe, expect, it, vi } from 'vitest';
import { findSigners, parseSignature } from '../../../../src/api/webhooks/signature.ts';
import { EXAMPLE_EVENTS, examplesOf } from '../../../support/github/webhook-examples.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('findSigners', () => {
  it("finds the secret by which GitHub's own library has signed, for every real payload", async () => {
    const events = EXAMPLE_EVENTS.map((event) => JSON.stringify(examplesOf(event)[0]));
    for (const body of events) {
      const signature = parseSignature(await sign('right', body));
      expect(signature).not.toBeNull();
      const signers = await findSigners(
        ['wrong', 'right', 'right', ''],
        bytesOf(body),
        signature ?? new Uint8Array(),
      );
      expect([...signers]).toEqual(['right']);
    }
  });

  it('finds none for another body, another secret, an empty secret, and without secrets', async () => {
    const signature = parseSignature(await sign('right', '{}')) ?? new Uint8Array();
    expect(await findSigners(['right'], bytesOf('{ }'), signature)).toEqual(new Set());
    expect(await findSigners(['wrong'], bytesOf('{}'), signature)).toEqual(new Set());
    expect(await findSigners([''], bytesOf('{}'), signature)).toEqual(new Set());
    expect(await findSigners([], bytesOf('{}'), signature)).toEqual(new Set());
  });

  it('tries twenty different secrets, each once', async () => {
    const signature = parseSignature(await sign('right', '{}')) ?? new Uint8Array();
    const tried = vi.spyOn(crypto.subtle, 'verify');
    const others = Array.from({ length: 20 }, (_, index) => `other ${index}`);
    const equal = Array.from({ length: 500 }, () => 'other 0');
    const find = (secrets: readonly string[]) => findSigners(secrets, bytesOf('{}'), signature);
    expect(await find([...equal, ...others.slice(2), 'right'])).toEqual(new Set(['right']));
    expect(await find([...others, 'right'])).toEqual(new Set());
    expect(tried).toHaveBeenCalledTimes(40);
    vi.restoreAllMocks();
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
