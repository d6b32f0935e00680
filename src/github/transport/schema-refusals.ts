import { FIRST_WHOLE_RELEASE, isWhole, releaseWith, type SchemaElement } from './accessories.ts';
import { errorsOf, GitHubFailure } from './failures.ts';
import type { GraphQLErrorEntry } from './graphql-errors.ts';

/** How the sentence begins that says what a server lacks: by this a connection's reason is found again. */
export const SERVER_LACKS = 'GitHub lacks what a sync needs: ';

/** What follows from something that is lacking, which another error names: it says nothing more. */
const CONSEQUENCES: ReadonlySet<string> = new Set(['variableNotUsed', 'useAndDefineFragment']);

/** Names of a schema; whatever else a server writes there is none. */
const NAME = /^\w{1,100}$/;

const NO_FIELD = /^Field '(\w{1,100})' doesn't exist on type '(\w{1,100})'/;

/**
 * What a server says that its schema lacks of a document that it refuses, each once; null where it refuses for any other
 * reason too.
 * @param error as Octokit throws it
 */
export function readLacking(error: unknown): readonly SchemaElement[] | null {
  const { errors } = errorsOf(error);
  const found = errors
    .filter(({ extensions }) => !CONSEQUENCES.has(extensions?.code ?? ''))
    .map(elementOf);
  // A list of kinds that has one too many is refused as a whole: the kind itself is named beside it.
  const named = found.filter((element) => element !== KINDS || found.every((one) => one === KINDS));
  return named.length === 0 || named.includes(null)
    ? null
    : [...new Set(named as readonly SchemaElement[])];
}

/** The one list of kinds that our documents hold. */
const KINDS = 'timelineItems(itemTypes:)';

type Details = Readonly<Record<string, unknown>>;

/** By the code of an error, what it says is lacking; null where it does not say that. */
const ELEMENTS: ReadonlyMap<string, (details: Details, path: readonly unknown[]) => string | null> =
  new Map([
    ['undefinedField', ({ typeName, fieldName }) => join(typeName, '.', fieldName)],
    ['cannotSpreadFragment', ({ typeName, parentName }) => join(parentName, '/', typeName)],
    ['undefinedType', ({ typeName }) => join(typeName, '', '')],
    ['argumentNotAccepted', ({ name, argumentName }) => join(name, '(', argumentName, ':)')],
    ['argumentLiteralsIncompatible', (_, path) => join(path.at(-2), '(', path.at(-1), ':)')],
  ]);

/** What an error says is lacking; null where it is about something else. */
function elementOf({
  extensions = {},
  path = [],
  message = '',
}: GraphQLErrorEntry): SchemaElement | null {
  const read = ELEMENTS.get(extensions.code ?? '');
  // Older servers say it in words alone.
  const [, field, type] = NO_FIELD.exec(message) ?? [];
  return read?.(extensions, path) ?? join(type, '.', field);
}

function join(first: unknown, between: string, second: unknown, end = ''): SchemaElement | null {
  return isName(first) && (second === '' || isName(second))
    ? `${first}${between}${second}${end}`
    : null;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

/** A server, as sentences name it. */
export interface NamedServer {
  readonly host: string;
  /** The release of GitHub Enterprise Server that it says it is; null where it did not. */
  readonly version: string | null;
}

/** A server as sentences name it: `ghe.acme.test (GitHub Enterprise Server 3.12.4)`. */
function nameServer({ host, version }: NamedServer): string {
  return version === null ? host : `${host} (GitHub Enterprise Server ${version})`;
}

/** Something that a sync cannot do without is not in the server's schema. */
export function serverTooOld(
  needed: readonly SchemaElement[],
  server: NamedServer,
  cause: unknown,
): GitHubFailure {
  const [first = '', ...others] = needed;
  const rest = others.length === 0 ? '' : `, and ${others.length} more`;
  const remedy = isWhole(server.version)
    ? 'it was there before, so upgrade Throughline'
    : `release ${FIRST_WHOLE_RELEASE} and those after it have it: upgrade the server`;
  return new GitHubFailure(
    'SERVER_TOO_OLD',
    `${SERVER_LACKS}${describe(first)} is not in the schema of ${nameServer(server)}${rest}; ${remedy}, then start a backfill.`,
    { cause },
  );
}

function describe(element: SchemaElement): string {
  const [, union, member] = /^(\w+)\/(\w+)$/.exec(element) ?? [];
  if (union !== undefined) {
    return `${member} as a ${union}`;
  }
  const [, field, argument] = /^(\w+)\((\w+):\)$/.exec(element) ?? [];
  if (field !== undefined) {
    return `the argument ${argument} of ${field} as it is asked for`;
  }
  return element.includes('.') ? `the field ${element}` : `the type ${element}`;
}

/** Why a fact of a pull request is not told where the server's schema lacks it. */
export function whyMissed(element: SchemaElement, { version }: NamedServer): string {
  const server = version === null ? 'The server' : `GitHub Enterprise Server ${version}`;
  const release = releaseWith(element);
  return `${server} has no ${element}${release === null ? '' : `; release ${release} has it`}`;
}
