import { z } from 'zod';
import { parseAllowedHosts } from '../../domain/connections/github-host.ts';

const LONGEST_ECHO = 40;
const HIGHEST_PORT = 65_535;

/** Each is a time series of every metric that counts operations. */
const MOST_OPERATION_NAMES = 100;

/** A complaint that repeats what was given: for what holds no secret only. */
function mustBe(what: string): { readonly error: (issue: { readonly input?: unknown }) => string } {
  return { error: ({ input }) => `must be ${what}, not ${echo(String(input))}` };
}

function echo(text: string): string {
  return JSON.stringify(text.length > LONGEST_ECHO ? `${text.slice(0, LONGEST_ECHO)}…` : text);
}

/** Words between commas. */
const words = z.string().transform((text) => text.split(',').map((word) => word.trim()));

/** A whole number in decimal digits. */
export function integer(minimum: number, maximum: number) {
  const complaint = mustBe(`a whole number from ${minimum} to ${maximum}`);
  const digits = z.string().regex(/^\d{1,9}$/, complaint);
  return digits.transform(Number).pipe(z.number().min(minimum, complaint).max(maximum, complaint));
}

/** true or false, also as 1 or 0. */
export const flag = z.stringbool({
  truthy: ['true', '1'],
  falsy: ['false', '0'],
  ...mustBe('true or false'),
});

/** One of several words. */
export function choice<const T extends string>(choices: readonly T[]) {
  return z.enum(choices, mustBe(`one of ${choices.join(', ')}`));
}

/** Several of several words; answers each once, in the order of `choices`. */
export function choicesOf<const T extends string>(choices: readonly T[]) {
  const complaint = mustBe(`a list of ${choices.join(', ')}, separated by commas`);
  return words
    .pipe(z.array(z.enum(choices, complaint)))
    .transform((chosen): readonly T[] =>
      choices.filter((each) => chosen.some((word) => word === each)),
    );
}

/** A URL of PostgreSQL. Never echoed: it may hold a password. */
export const postgresUrl = z.url({
  protocol: /^postgres(?:ql)?$/,
  hostname: /./,
  error: 'must be a URL that begins with postgresql:// and names a host',
});

/** An http or https URL without credentials, query and fragment; answers without a slash at the end. */
export const httpUrl = z
  .string()
  .refine(
    isPlainHttpUrl,
    'must be an http or https URL without user name, password, query and fragment',
  )
  .transform((text) => new URL(text).href.replace(/\/+$/, ''));

function isPlainHttpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === ''
  );
}

/** Origins as browsers write them, separated by commas: a scheme, a host and perhaps a port, and nothing behind. */
export const origins = words
  .pipe(
    z.array(
      z
        .string()
        .refine(
          isOrigin,
          'must be a list of origins such as https://app.example.com, without a path, separated by commas',
        ),
    ),
  )
  .transform((all): ReadonlySet<string> => new Set(all));

function isOrigin(text: string): boolean {
  return isPlainHttpUrl(text) && new URL(text).origin === text;
}

/** Names of GraphQL operations, separated by commas. */
export const operationNames = words
  .pipe(
    z
      .array(
        z.string().regex(/^[_A-Za-z]\w{0,63}$/, 'must be names of operations, separated by commas'),
      )
      .max(MOST_OPERATION_NAMES, `must be ${MOST_OPERATION_NAMES} names at the most`),
  )
  .transform((all): ReadonlySet<string> => new Set(all));

/** A host name or an IP address. */
export const host = z.string().regex(/^[\w.:-]+$/, mustBe('a host name or an IP address'));

/** host:port */
export const address = z.string().refine((text) => {
  const port = Number(/^(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(text)?.[1]);
  return port >= 1 && port <= HIGHEST_PORT;
}, 'must be a host and a port, such as temporal.example.com:7233, without a scheme');

/** The port that a server listens on. */
export const port = integer(0, HIGHEST_PORT);

/** A secret that travels in a header: visible ASCII only. */
export const token = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'must not contain spaces, line breaks or characters outside ASCII');

const KEY = /^[A-Za-z0-9+/]{43}=$/;

/** 32 bytes as base64. */
export const key = z
  .string()
  .regex(KEY, 'must be 32 bytes as base64 (openssl rand -base64 32 makes such a key)');

/** Several keys, separated by commas. */
export const keys = words
  .pipe(z.array(z.string().regex(KEY, 'must be keys of 32 bytes as base64, separated by commas')))
  .readonly();

/** Host names, addresses and ranges, separated by commas. */
export const allowedHosts = words.transform((entries, { issues }) => {
  const hosts = parseAllowedHosts(entries.filter((entry) => entry !== ''));
  if (hosts === null) {
    const message =
      'must be a list of host names, addresses and ranges such as 10.0.0.0/8, separated by commas';
    issues.push({ code: 'custom', message, input: entries });
  }
  return hosts ?? z.NEVER;
});
