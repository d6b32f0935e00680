import { SETTINGS, type SettingName } from './settings.ts';

/** The settings that have a default, and so are never unset. */
type DefaultedName = Extract<(typeof SETTINGS)[number], { readonly default: string }>['name'];
type OptionalName = Exclude<SettingName, DefaultedName>;

/** Reads settings one by one and gathers what is wrong with them; a wrong setting reads as its default or as unset. */
export interface SettingReader {
  text(name: DefaultedName): string;
  optionalText(name: OptionalName): string | undefined;
  integer(name: DefaultedName, minimum: number, maximum: number): number;
  optionalInteger(name: OptionalName, minimum: number, maximum: number): number | undefined;
  flag(name: DefaultedName): boolean;
  choice<T extends string>(name: DefaultedName, choices: readonly T[]): T;
  list<T extends string>(name: DefaultedName, choices: readonly T[]): readonly T[];
  /** A URL with a host and one of the schemes (with their colon). Never echoed: it may hold a password. */
  url(name: OptionalName, schemes: readonly string[]): string | undefined;
  /** An http or https URL without credentials, query and fragment; answers without a slash at the end. */
  httpUrl(name: DefaultedName): string;
  optionalHttpUrl(name: OptionalName): string | undefined;
  host(name: DefaultedName): string;
  /** host:port */
  address(name: OptionalName): string | undefined;
  /** A secret that travels in a header: visible ASCII only. */
  token(name: OptionalName): string | undefined;
  base64Key(name: OptionalName, bytes: number): string | undefined;
  /** Several keys, separated by commas; none when unset. */
  base64Keys(name: OptionalName, bytes: number): readonly string[];
  complain(complaint: string): void;
  /** Complains about names that begin with `prefix` and are no setting. */
  refuseUnknown(prefix: string): void;
  complaints(): readonly string[];
}

const NAMES: readonly string[] = SETTINGS.map((setting) => setting.name);
const DEFAULTS = new Map<string, string | null>(
  SETTINGS.map((setting) => [setting.name, setting.default]),
);
const FLAGS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);
const MAX_ECHO_CHARACTERS = 40;

/** Creates a reader over one environment. Empty and blank values count as unset; others are trimmed. */
export function createSettingReader(
  environment: Readonly<Record<string, string | undefined>>,
): SettingReader {
  const complaints: string[] = [];

  function given(name: SettingName): string | undefined {
    const value = environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  function fallback(name: DefaultedName): string {
    return DEFAULTS.get(name) ?? '';
  }

  /** Parses what is given; when it does not parse, complains and answers undefined. */
  function parsed<T>(
    name: SettingName,
    parse: (value: string) => T | undefined,
    complaint: (value: string) => string,
  ): T | undefined {
    const value = given(name);
    if (value === undefined) {
      return undefined;
    }
    const result = parse(value);
    if (result === undefined) {
      complaints.push(`${name} ${complaint(value)}.`);
    }
    return result;
  }

  function optionalInteger(
    name: SettingName,
    minimum: number,
    maximum: number,
  ): number | undefined {
    return parsed(
      name,
      (value) => parseInteger(value, minimum, maximum),
      (value) => `must be a whole number from ${minimum} to ${maximum}, not ${echo(value)}`,
    );
  }

  function optionalHttpUrl(name: SettingName): string | undefined {
    return parsed(
      name,
      parseHttpUrl,
      () => 'must be an http or https URL without user name, password, query and fragment',
    );
  }

  return {
    text: (name) => given(name) ?? fallback(name),
    optionalText: given,
    integer: (name, minimum, maximum) =>
      optionalInteger(name, minimum, maximum) ?? Number(fallback(name)),
    optionalInteger,
    flag: (name) =>
      parsed(
        name,
        (value) => FLAGS.get(value.toLowerCase()),
        (value) => `must be true or false, not ${echo(value)}`,
      ) ?? fallback(name) === 'true',
    choice<T extends string>(name: DefaultedName, choices: readonly T[]): T {
      const find = (value: string) => choices.find((choice) => choice === value);
      const chosen =
        parsed(name, find, (value) => `must be one of ${choices.join(', ')}, not ${echo(value)}`) ??
        find(fallback(name));
      if (chosen === undefined) {
        throw new Error(`The default of ${name} is not among its choices`);
      }
      return chosen;
    },
    list: (name, choices) =>
      parsed(
        name,
        (value) => parseList(value, choices),
        (value) =>
          `must be a list of ${choices.join(', ')}, separated by commas, not ${echo(value)}`,
      ) ??
      parseList(fallback(name), choices) ??
      [],
    url: (name, schemes) =>
      parsed(
        name,
        (value) => (isUrlOf(value, schemes) ? value : undefined),
        () => `must be a URL that begins with ${schemes[0]}// and names a host`,
      ),
    httpUrl: (name) => optionalHttpUrl(name) ?? fallback(name),
    optionalHttpUrl,
    host: (name) =>
      parsed(
        name,
        (value) => (/^[\w.:-]+$/.test(value) ? value : undefined),
        (value) => `must be a host name or an IP address, not ${echo(value)}`,
      ) ?? fallback(name),
    address: (name) =>
      parsed(
        name,
        parseAddress,
        () => 'must be a host and a port, such as temporal.example.com:7233, without a scheme',
      ),
    token: (name) =>
      parsed(
        name,
        (value) => (/^[\x21-\x7e]+$/.test(value) ? value : undefined),
        () => 'must not contain spaces, line breaks or characters outside ASCII',
      ),
    base64Key: (name, bytes) =>
      parsed(
        name,
        (value) => (decodedLength(value) === bytes ? value : undefined),
        () => `must be ${bytes} bytes as base64 (openssl rand -base64 ${bytes} makes such a key)`,
      ),
    base64Keys: (name, bytes) =>
      parsed(
        name,
        (value) => {
          const keys = value.split(',').map((key) => key.trim());
          return keys.every((key) => decodedLength(key) === bytes) ? keys : undefined;
        },
        () => `must be keys of ${bytes} bytes as base64, separated by commas`,
      ) ?? [],
    complain: (complaint) => {
      complaints.push(complaint);
    },
    refuseUnknown(prefix) {
      const unknown = Object.keys(environment).filter(
        (name) => name.startsWith(prefix) && !NAMES.includes(name),
      );
      const known = NAMES.filter((name) => name.startsWith(prefix)).join(', ');
      complaints.push(
        ...unknown.toSorted().map((name) => `${name} is not a setting; there are ${known}.`),
      );
    },
    complaints: () => complaints,
  };
}

function echo(value: string): string {
  return JSON.stringify(
    value.length > MAX_ECHO_CHARACTERS ? `${value.slice(0, MAX_ECHO_CHARACTERS)}…` : value,
  );
}

function parseInteger(value: string, minimum: number, maximum: number): number | undefined {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  return number >= minimum && number <= maximum ? number : undefined;
}

function parseList<T extends string>(value: string, choices: readonly T[]): T[] | undefined {
  const words = value.split(',').map((word) => word.trim());
  const known = words.every((word) => choices.some((choice) => choice === word));
  return known ? choices.filter((choice) => words.includes(choice)) : undefined;
}

function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

function isUrlOf(value: string, schemes: readonly string[]): boolean {
  const url = parseUrl(value);
  return url !== undefined && schemes.includes(url.protocol) && url.hostname !== '';
}

function parseHttpUrl(value: string): string | undefined {
  const url = parseUrl(value);
  const usable =
    url !== undefined &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '');
  return usable ? url.href.replace(/\/+$/, '') : undefined;
}

function parseAddress(value: string): string | undefined {
  const port = /^(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(value)?.[1];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535 ? value : undefined;
}

/** The bytes that padded base64 holds; undefined when it is none. */
function decodedLength(value: string): number | undefined {
  const wellFormed = value.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(value);
  return wellFormed ? atob(value).length : undefined;
}
