import { describe, expect, it } from 'vitest';
import {
  isAddressAllowed,
  parseAllowedHosts,
  parseApiUrl,
  refuseUrl,
} from '../../../../src/domain/connections/github-host.ts';
import { allow } from '../../../support/github/github.ts';

describe('the list of hosts that an operator allows', () => {
  it.each([['a b'], ['-x'], ['10.0.0.0/33'], ['http://github.test'], ['300.1.1.1'], ['*']])(
    'does not take %j',
    (entry) => {
      expect(parseAllowedHosts([entry])).toBeNull();
    },
  );

  it('lets a name lie in a private network, but never at a link-local address', () => {
    const allowed = allow('GitHub.Corp');
    expect(isAddressAllowed('10.1.2.3', 'github.corp', allowed)).toBe(true);
    expect(isAddressAllowed('::ffff:10.1.2.3', 'github.corp.', allowed)).toBe(true);
    expect(isAddressAllowed('169.254.169.254', 'github.corp', allowed)).toBe(false);
    expect(isAddressAllowed('::ffff:169.254.169.254', 'github.corp', allowed)).toBe(false);
    expect(isAddressAllowed('10.1.2.3', 'other.corp', allowed)).toBe(false);
  });

  it('takes ranges and single addresses, of both kinds', () => {
    const allowed = allow('10.20.0.0/16', 'fd00::/8', '192.168.1.5');
    expect(isAddressAllowed('10.20.255.1', 'x.example.com', allowed)).toBe(true);
    expect(isAddressAllowed('10.21.0.1', 'x.example.com', allowed)).toBe(false);
    expect(isAddressAllowed('fd00::1', 'x.example.com', allowed)).toBe(true);
    expect(isAddressAllowed('192.168.1.5', 'x.example.com', allowed)).toBe(true);
    expect(isAddressAllowed('192.168.1.6', 'x.example.com', allowed)).toBe(false);
    expect(refuseUrl(new URL('http://10.20.0.1:8080/'), allowed)).toBeNull();
    expect(refuseUrl(new URL('http://10.21.0.1:8080/'), allowed)).not.toBeNull();
  });
});

describe('the address of an API that an admin gives', () => {
  it.each([
    ['https://api.github.com/', 'https://api.github.com'],
    ['https://GitHub.example.com/api/v3//', 'https://github.example.com/api/v3'],
    ['https://bücher.example.com/api/v3', 'https://xn--bcher-kva.example.com/api/v3'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ])('may be %s', (given, kept) => {
    expect(parseApiUrl(given, allow('127.0.0.1'))).toBe(kept);
  });

  it.each([
    'github',
    'http://github.example.com',
    'https://user@github.example.com',
    'https://github.example.com:8443',
    'https://github.example.com/?x=1',
    'https://github.example.com/#x',
    'https://10.0.0.1',
    'https://[::1]',
    'https://localhost',
    'https://github.internal',
    `https://github.example.com/${'x'.repeat(300)}`,
  ])('may not be %s', (given) => {
    expect(() => parseApiUrl(given, allow())).toThrow(/^apiUrl cannot be used: .+\.$/);
  });
});
