import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecretBox, type SecretScope } from '../../../../src/db/core/secret-box.ts';

const SCOPE: SecretScope = { table: 'github_connection', column: 'secret', teamId: 1n, rowId: 12n };
const SECRET = 'ghp_0123456789abcdefABCDEF';

function newKey(): string {
  return randomBytes(32).toString('base64');
}

describe('a sealed secret', () => {
  it('opens in its scope, whatever it is', async () => {
    const box = await createSecretBox([newKey()]);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 500 }), async (plain) => {
        expect(await box.open(await box.seal(plain, SCOPE), SCOPE)).toBe(plain);
      }),
      { numRuns: 50 },
    );
    const pem = 'x'.repeat(20_000);
    expect(await box.open(await box.seal(pem, SCOPE), SCOPE)).toBe(pem);
  });

  it('is an envelope that neither holds the secret nor is ever the same', async () => {
    const box = await createSecretBox([newKey()]);
    const sealed = await Promise.all(Array.from({ length: 50 }, () => box.seal(SECRET, SCOPE)));
    expect(new Set(sealed).size).toBe(50);
    expect(new Set(sealed.map((envelope) => envelope.split('.')[2])).size).toBe(50);
    for (const envelope of sealed) {
      expect(envelope).toMatch(/^v1\.[0-9a-f]{8}\.[A-Za-z0-9+/]{16}\.[A-Za-z0-9+/=]+$/);
      expect(Buffer.from(envelope.split('.')[3] ?? '', 'base64').includes(SECRET)).toBe(false);
    }
  });

  it.each<[what: string, place: Partial<SecretScope>]>([
    ['another row', { rowId: 13n }],
    ['another team', { teamId: 2n }],
    ['row and team swapped', { teamId: 12n, rowId: 1n }],
    ['another column', { column: 'identity' }],
    ['another table', { table: 'access_token' }],
  ])('does not open in %s', async (_, scope) => {
    const box = await createSecretBox([newKey()]);
    const envelope = await box.seal(SECRET, SCOPE);
    await expect(box.open(envelope, { ...SCOPE, ...scope })).rejects.toThrow(
      'the secret was changed, or belongs to another row',
    );
  });

  it.each(['', 'x', 'two of it'])('does not open with any character changed: %j', async (plain) => {
    const box = await createSecretBox([newKey()]);
    const envelope = await box.seal(plain, SCOPE);
    for (let index = 0; index < envelope.length; index += 1) {
      for (const other of ['A', 'B', '/', '=', '.', ' ', '0']) {
        const changed = envelope.slice(0, index) + other + envelope.slice(index + 1);
        const opened = box.open(changed, SCOPE).then(
          () => 'opened',
          () => 'refused',
        );
        expect(`${changed} ${await opened}`).toBe(
          `${changed} ${changed === envelope ? 'opened' : 'refused'}`,
        );
      }
    }
  });

  it('does not open when it is shortened, extended or made of nonce and text of different envelopes', async () => {
    const box = await createSecretBox([newKey()]);
    const envelope = await box.seal(SECRET, SCOPE);
    const [version, keyId, nonce, sealed] = envelope.split('.');
    const other = (await box.seal(SECRET, SCOPE)).split('.');
    for (const broken of [
      '',
      'v1',
      `${envelope}.`,
      `${envelope}.x`,
      ` ${envelope}`,
      `${envelope}\n`,
      [version, keyId, nonce].join('.'),
      [version, keyId, nonce, ''].join('.'),
      [version, keyId, other[2], sealed].join('.'),
      [version, keyId, nonce, sealed?.slice(0, -4)].join('.'),
      ['v2', keyId, nonce, sealed].join('.'),
    ]) {
      await expect(box.open(broken, SCOPE)).rejects.toThrow(/^the secret /);
    }
  });
});

describe('rotation of keys', () => {
  it('seals with the first key and opens with all of them', async () => {
    const [old, fresh] = [newKey(), newKey()];
    const before = await (await createSecretBox([old])).seal(SECRET, SCOPE);
    const both = await createSecretBox([fresh, old]);
    const after = await both.seal(SECRET, SCOPE);
    expect(await both.open(before, SCOPE)).toBe(SECRET);
    const onlyFresh = await createSecretBox([fresh]);
    expect(await onlyFresh.open(after, SCOPE)).toBe(SECRET);
    await expect(onlyFresh.open(before, SCOPE)).rejects.toThrow(
      /^A secret was sealed with the encryption key [0-9a-f]{8}, which is not configured here: THROUGHLINE_ENCRYPTION_KEY/,
    );
  });

  it('tells keys apart without giving them away', async () => {
    const key = newKey();
    const [, keyId = ''] = (await (await createSecretBox([key])).seal('', SCOPE)).split('.');
    expect(Buffer.from(key, 'base64').toString('hex')).not.toContain(keyId);
  });
});

describe('a key', () => {
  it.each([16, 31, 33, 64])('of %i bytes is refused', async (length) => {
    await expect(createSecretBox([randomBytes(length).toString('base64')])).rejects.toThrow(
      `an encryption key has ${length} bytes, it must have 32`,
    );
  });

  it('must be there', async () => {
    await expect(createSecretBox([])).rejects.toThrow('there is no encryption key');
  });
});
