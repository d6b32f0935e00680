// Writes the types that gql.tada infers the answers of our GraphQL documents from: those of GitHub's published schema for
// src/github, and those of our own for src/cli. Types only, made anew like the database client and not committed.
//   node scripts/graphql-types.mjs
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { schema as github } from '@octokit/graphql-schema';
import { buildSchema, introspectionFromSchema } from 'graphql';

const ROOT = join(import.meta.dirname, '..');

/**
 * The types that documents of src/github name after `on`. Of GitHub's unions and interfaces only these members are kept:
 * the answer of a node of a timeline would otherwise be a union of 60 types, and of what has an id one of 300.
 */
const NAMED_MEMBERS = new Set([
  'User',
  'Bot',
  'Mannequin',
  'Organization',
  'Team',
  'PullRequest',
  'Deployment',
  'CheckRun',
  'StatusContext',
  'PullRequestReview',
  'IssueComment',
  'ReadyForReviewEvent',
  'ConvertToDraftEvent',
  'ReviewRequestedEvent',
  'ReviewRequestRemovedEvent',
  'HeadRefForcePushedEvent',
  'BaseRefChangedEvent',
  'ClosedEvent',
  'ReopenedEvent',
]);

/** The files: path to text. */
export function renderGraphQLTypes() {
  const own = buildSchema(readFileSync(join(ROOT, 'schema.graphql'), 'utf8'));
  const { __schema: ownSchema } = introspectionFromSchema(own, { descriptions: false });
  // Nothing is changed at GitHub: what only mutations take and give is left out.
  const types = github.json.__schema.types.filter(({ name }) => !/(Input|Payload)$/.test(name));
  const readable = { ...github.json.__schema, mutationType: null, types };
  return new Map([
    ['src/github/generated/schema.d.ts', renderSchema(readable, NAMED_MEMBERS)],
    ['src/cli/generated/schema.d.ts', renderSchema(ownSchema)],
  ]);
}

/** The form that gql.tada works with; scalars are told to it by hand. */
function renderSchema({ queryType, mutationType, subscriptionType, types }, namedMembers) {
  const roots = { query: queryType, mutation: mutationType, subscription: subscriptionType };
  return [
    'export interface Schema {',
    ...Object.entries(roots).map(
      ([operation, root]) => `  ${operation}: ${root ? quote(root.name) : 'never'};`,
    ),
    '  types: Types;',
    '}',
    // An interface of its own, so that the compiler names it where it would else write all of it out.
    'export interface Types {',
    ...types.flatMap((type) => {
      const text = renderType(type, namedMembers);
      return text === undefined ? [] : [`  ${type.name}: ${text};`];
    }),
    '}',
    '',
  ].join('\n');
}

function renderType({ kind, name, fields, enumValues, inputFields, possibleTypes }, namedMembers) {
  const members = (possibleTypes ?? []).map((type) => type.name);
  const named = namedMembers && members.filter((member) => namedMembers.has(member));
  const possible = (named?.length > 0 ? named : members).map(quote).join(' | ') || 'never';
  const known = `kind: ${quote(kind)}; name: ${quote(name)}`;
  switch (kind) {
    case 'OBJECT':
      return `{ ${known}; fields: ${renderFields(fields)} }`;
    case 'INTERFACE':
      return `{ ${known}; fields: ${renderFields(fields)}; possibleTypes: ${possible} }`;
    case 'UNION':
      return `{ ${known}; fields: {}; possibleTypes: ${possible} }`;
    case 'ENUM':
      return `{ name: ${quote(name)}; enumValues: ${enumValues.map((value) => quote(value.name)).join(' | ')} }`;
    case 'INPUT_OBJECT':
      return `{ ${known}; isOneOf: false; inputFields: [${inputFields.map(renderInput).join(', ')}] }`;
    default:
      return undefined;
  }
}

function renderFields(fields) {
  return `{ ${fields.map(({ name, type }) => `${name}: { name: ${quote(name)}; type: ${renderReference(type)} }`).join('; ')} }`;
}

function renderInput({ name, type, defaultValue }) {
  return `{ name: ${quote(name)}; type: ${renderReference(type)}; defaultValue: ${JSON.stringify(defaultValue ?? null)} }`;
}

function renderReference({ kind, name, ofType }) {
  return ofType
    ? `{ kind: ${quote(kind)}; name: never; ofType: ${renderReference(ofType)} }`
    : `{ kind: ${quote(kind)}; name: ${quote(name)}; ofType: null }`;
}

function quote(text) {
  return `'${text}'`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of renderGraphQLTypes()) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
  }
}
