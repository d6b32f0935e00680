import ipaddr from 'ipaddr.js';
import { DomainError } from '../core/errors.ts';

/**
 * Where an operator lets workers go beside public hosts over https. A host that is listed, by name, by address or within
 * a range, may be asked over http, on any port, and may lie in a private network.
 */
export interface AllowedHosts {
  /** Lower case. */
  readonly names: ReadonlySet<string>;
  readonly ranges: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];
}

/** REST root of GitHub itself, which is public. */
export const PUBLIC_GITHUB_URL = 'https://api.github.com';

/** What a name that is listed may resolve to: never link-local, where clouds keep their credentials. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set([
  'loopback',
  'private',
  'carrierGradeNat',
  'uniqueLocal',
]);

/** Names that no public name server knows. */
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|home\.arpa)$/;

const MAX_URL_CHARACTERS = 300;

/**
 * Reads a list of host names, addresses and ranges (`10.0.0.0/8`).
 * @returns null when an entry is none of them
 */
export function parseAllowedHosts(entries: readonly string[]): AllowedHosts | null {
  const names = new Set<string>();
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];
  for (const entry of entries) {
    if (ipaddr.isValidCIDR(entry)) {
      ranges.push(ipaddr.parseCIDR(entry));
    } else if (ipaddr.isValid(entry)) {
      const address = ipaddr.parse(entry);
      ranges.push([address, address.kind() === 'ipv4' ? 32 : 128]);
    } else if (/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(entry) && !/^[\d.]+$/.test(entry)) {
      names.add(entry.toLowerCase());
    } else {
      return null;
    }
  }
  return { names, ranges };
}

/** The same, with the host of an address that the operator has set, such as GITHUB_API_URL. */
export function allowHostOf(url: string, allowed: AllowedHosts): AllowedHosts {
  const host = bare(new URL(url));
  return ipaddr.isValid(host)
    ? {
        ...allowed,
        ranges: [...allowed.ranges, [ipaddr.parse(host), host.includes(':') ? 128 : 32]],
      }
    : { ...allowed, names: new Set([...allowed.names, host]) };
}

/**
 * Why a URL must not be asked, as far as its text shows; what a name resolves to is checked when it is connected to.
 * @returns a half sentence without the URL; null when it may be asked
 */
export function refuseUrl(url: URL, allowed: AllowedHosts): string | null {
  const host = bare(url);
  const isAddress = ipaddr.isValid(host);
  const isListed = isAddress ? isInRanges(host, allowed) : allowed.names.has(host);
  if (url.username !== '' || url.password !== '') {
    return 'it holds a user name or a password';
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isListed)) {
    return 'it is not https';
  }
  if (url.port !== '' && !isListed) {
    return 'it names a port other than 443';
  }
  if (isListed) {
    return null;
  }
  const isLocal = isAddress
    ? !isAddressAllowed(host, host, allowed)
    : LOCAL_NAME.test(host) || !host.includes('.');
  return isLocal ? 'it does not lead to a public host' : null;
}

/**
 * Whether a connection to a host may go to this address, to which its name was resolved. Loopback, private, link-local,
 * multicast and reserved addresses may not be reached, in whatever form they are written, unless the operator says so.
 */
export function isAddressAllowed(
  address: string,
  hostname: string,
  allowed: AllowedHosts,
): boolean {
  if (!ipaddr.isValid(address)) {
    return false;
  }
  // Takes an IPv4 address out of its IPv6 form.
  const range = ipaddr.process(address).range();
  const isListedName = allowed.names.has(normalName(hostname));
  return (
    range === 'unicast' ||
    (isListedName && PRIVATE_RANGES.has(range)) ||
    isInRanges(address, allowed)
  );
}

/**
 * The root of a GitHub API as an admin gives it, without a slash at its end.
 * @throws DomainError INVALID_INPUT
 */
export function parseApiUrl(text: string, allowed: AllowedHosts): string {
  const url = text.length <= MAX_URL_CHARACTERS && URL.canParse(text) ? new URL(text) : null;
  const problem =
    url === null
      ? 'it is no URL'
      : url.search !== '' || url.hash !== ''
        ? 'it has a query or a fragment'
        : refuseUrl(url, allowed);
  if (url === null || problem !== null) {
    throw new DomainError(
      'INVALID_INPUT',
      `apiUrl cannot be used: ${problem}. Give the REST root, such as https://github.example.com/api/v3; an operator can allow hosts of a private network with GITHUB_ALLOWED_HOSTS.`,
    );
  }
  return url.href.replace(/\/+$/, '');
}

function isInRanges(address: string, { ranges }: AllowedHosts): boolean {
  const parsed = ipaddr.process(address);
  return ranges.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, bits));
}

/** The host without the brackets of IPv6 and the dot of a whole name. */
function bare(url: URL): string {
  return normalName(url.hostname.replace(/^\[(.*)\]$/, '$1'));
}

function normalName(hostname: string): string {
  return hostname.toLowerCase().replace(/\.$/, '');
}
