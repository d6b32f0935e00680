import { LONG, MEGABYTE, times, wrong, type HostileRequest } from './hostile-request.ts';

/** Requests that are wrong in themselves, at great length. */
export const LONG_WINDED_REQUESTS: readonly HostileRequest[] = [
  wrong('GRAPHQL_PARSE_FAILED', [
    'a document that begins with a string of a megabyte',
    () => `"${LONG()}"`,
  ]),
  wrong('GRAPHQL_PARSE_FAILED', [
    'a number of a megabyte without an end',
    () => `{a(b:${'1'.repeat(MEGABYTE)}x)}`,
  ]),
  wrong('GRAPHQL_PARSE_FAILED', [
    'escapes without an end',
    () => `{a(b:"${String.raw`\u0041`.repeat(150_000)}`,
  ]),
  wrong('GRAPHQL_VALIDATION_FAILED', [
    'a string of a megabyte for a number',
    () => `{teams(first:"${LONG()}"){nodes{id}}}`,
  ]),
  wrong('GRAPHQL_VALIDATION_FAILED', [
    'a string of a megabyte for a word of a list',
    () => `{team(slug:"a"){aiUsage(by:"${LONG()}"){start}}}`,
  ]),
  wrong('GRAPHQL_VALIDATION_FAILED', [
    'a string of a megabyte for a date',
    () => `{team(slug:"a"){weeklyMetrics(from:"${LONG()}"){commits}}}`,
  ]),
  wrong('GRAPHQL_VALIDATION_FAILED', [
    'escapes for a number',
    () => `{teams(first:"${String.raw`\u0041`.repeat(150_000)}"){nodes{id}}}`,
  ]),
  wrong('GRAPHQL_VALIDATION_FAILED', [
    'two strings of half a megabyte that do not agree',
    () =>
      `{team(slug:"${LONG().slice(0, 500_000)}"){id} team(slug:"${LONG().slice(0, 499_999)}"){id}}`,
  ]),
  wrong('GRAPHQL_VALIDATION_FAILED', [
    'ninety unknown fields',
    () => `{${times(90, (n) => `unknown${n}${'y'.repeat(150)}`)}}`,
  ]),
  wrong('GRAPHQL_VALIDATION_FAILED', [
    'fragments that spread themselves',
    () => '{...A} fragment A on Query{...B} fragment B on Query{...A}',
  ]),
  wrong('GRAPHQL_VALIDATION_FAILED', [
    'a fragment that spreads itself beside one field five hundred times',
    () => `{...A ${'viewer{id} '.repeat(480)}} fragment A on Query{...A}`,
  ]),
  wrong('BAD_USER_INPUT', [
    'a variable of a megabyte for a number',
    () => 'query($n:Int!){teams(first:$n){nodes{id}}}',
    () => ({ n: LONG() }),
  ]),
  wrong('BAD_USER_INPUT', [
    'a variable of a megabyte for a word of a list',
    () => 'query($by:AiUsageGrouping!){team(slug:"a"){aiUsage(by:$by){start}}}',
    () => ({ by: LONG() }),
  ]),
  wrong('BAD_USER_INPUT', [
    'a variable of a megabyte for a date',
    () => 'query($from:Date){team(slug:"a"){weeklyMetrics(from:$from){commits}}}',
    () => ({ from: LONG() }),
  ]),
  wrong('BAD_USER_INPUT', [
    'an input of a megabyte with unknown fields',
    () => 'mutation($input:UpdateTeamSettingsInput!){updateTeamSettings(input:$input){__typename}}',
    () => ({
      input: {
        teamId: LONG(),
        ...Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`unknown${n}`, 1])),
      },
    }),
  ]),
  wrong('GRAPHQL_VALIDATION_FAILED', [
    'a list of lists, 970 levels, for a text',
    () => `{team(slug:${'['.repeat(970)}${']'.repeat(970)}){id}}`,
  ]),
  wrong('GRAPHQL_VALIDATION_FAILED', [
    'an object of objects, 480 levels, for a text',
    () => `{team(slug:${'{a:'.repeat(480)}1${'}'.repeat(480)}){id}}`,
  ]),
  wrong('GRAPHQL_VALIDATION_FAILED', [
    'a type of lists, 970 levels, for a variable',
    () => `query($a:${'['.repeat(970)}Int${']'.repeat(970)}){__typename}`,
  ]),
  {
    name: 'a variable of lists, 5,000 levels, for a list of ids',
    // Written by hand: JSON.stringify does not get so deep.
    body: () =>
      `{"query":"query($ids:[ID!]!){nodes(ids:$ids){id}}","variables":{"ids":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`,
    status: 200,
    code: 'BAD_USER_INPUT',
  },
  {
    name: 'a name of an operation of a megabyte that is not there',
    body: () => JSON.stringify({ query: '{__typename}', operationName: LONG() }),
    status: 400,
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  {
    name: 'a parameter of a megabyte',
    body: () => JSON.stringify({ query: '{__typename}', [LONG()]: 1 }),
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    name: 'a body of a megabyte that is no JSON',
    body: LONG,
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    name: 'a hundred operations in one body',
    body: () => JSON.stringify(Array.from({ length: 100 }, () => ({ query: '{__typename}' }))),
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    name: 'variables of three megabytes',
    body: () => JSON.stringify({ query: '{__typename}', variables: { a: LONG().repeat(3) } }),
    status: 413,
    code: 'REQUEST_ENTITY_TOO_LARGE',
  },
];
