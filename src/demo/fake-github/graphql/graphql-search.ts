import type { RepositoryData } from '../../core/github-data.ts';
import type { FieldArguments, GraphQLScope } from './graphql-scope.ts';
import { emptyConnection, pullRequestNode } from './graphql-nodes.ts';
import { mapPage, paginateInOrder } from './keyset.ts';
import type { PullRequestEntry } from './pull-request-listing.ts';
import { GitHubRefusal } from '../refusal.ts';

/** A search shows no more rows than these, however many it counts. */
const MAX_RESULTS = 1_000;

/** The longest text that GitHub takes, without its qualifiers and operators. */
const MAX_QUERY_LENGTH = 256;

type Test = (entry: PullRequestEntry, repository: RepositoryData) => boolean;

/**
 * `search(type: ISSUE)` for pull requests, newest first. It knows the qualifiers that it is tested with (repo, is,
 * state, created, updated, author, base) and refuses others, as an unknown one would silently count everything.
 */
export function searchPullRequests(args: FieldArguments, scope: GraphQLScope): unknown {
  const query = String(args['query']);
  if (args['type'] !== 'ISSUE' && args['type'] !== 'ISSUE_ADVANCED') {
    throw new Error('The fake GitHub searches type ISSUE only; ask for that.');
  }
  if (query.length > MAX_QUERY_LENGTH) {
    throw new GitHubRefusal('UNPROCESSABLE', 'The search is longer than 256 characters.');
  }
  const terms = query.split(/\s+/).filter((term) => term !== '');
  const repositories = scope.world.repositories.filter((repository) =>
    terms
      .filter((term) => term.startsWith('repo:'))
      .some((term) => term.slice(5).toLowerCase() === nameOf(repository)),
  );
  const tests = terms.filter((term) => !term.startsWith('repo:')).map(readTerm);
  const found = repositories.flatMap((repository) =>
    scope.world
      .listing(repository, scope.at)
      .sorted('CREATED_AT', 'DESC')
      .filter((entry) => tests.every((test) => test(entry, repository)))
      .map((entry) => ({ repository, entry })),
  );
  const page =
    args['first'] == null && args['last'] == null
      ? emptyConnection()
      : mapPage(paginateInOrder(found.slice(0, MAX_RESULTS), args), ({ repository, entry }) =>
          pullRequestNode(scope, repository, entry.data),
        );
  return {
    ...page,
    issueCount: found.length,
    repositoryCount: 0,
    userCount: 0,
    wikiCount: 0,
    codeCount: 0,
    discussionCount: 0,
  };
}

function nameOf({ owner, name }: RepositoryData): string {
  return `${owner}/${name}`.toLowerCase();
}

const IS: Readonly<Record<string, Test>> = {
  pr: () => true,
  issue: () => false,
  open: ({ state }) => state === 'OPEN',
  closed: ({ state }) => state !== 'OPEN',
  merged: ({ state }) => state === 'MERGED',
  unmerged: ({ state }) => state !== 'MERGED',
};

function readTerm(term: string): Test {
  const colon = term.indexOf(':');
  const name = term.slice(0, Math.max(0, colon));
  const value = term.slice(colon + 1);
  switch (name) {
    case 'is':
    case 'type':
    case 'state': {
      const test = IS[value];
      if (test !== undefined) return test;
      break;
    }
    case 'created': {
      const range = readRange(value);
      return ({ createdAt }) => range(createdAt);
    }
    case 'updated': {
      const range = readRange(value);
      return ({ updatedAt }) => range(updatedAt);
    }
    case 'author':
      return ({ data }) => data.author?.toLowerCase() === value.toLowerCase();
    case 'base':
      return ({ data }) => data.baseRefName === value;
    default:
  }
  throw new Error(`The fake GitHub does not know how to search for "${term}"; leave it out.`);
}

/** `a..b` with both ends, `>=a`, `<b`, `a` alone. A day stands for all of it; `*` is no end. */
function readRange(text: string): (instant: string) => boolean {
  const comparison = /^([<>]=?)(.+)$/.exec(text);
  if (comparison !== null) {
    const [, sign = '', bound = ''] = comparison;
    return {
      '>': (instant: string) => instant > endOf(bound),
      '>=': (instant: string) => instant >= startOf(bound),
      '<': (instant: string) => instant < startOf(bound),
      '<=': (instant: string) => instant <= endOf(bound),
    }[sign] as (instant: string) => boolean;
  }
  const [first = '', last = first] = text.split('..');
  return (instant) =>
    (first === '*' || instant >= startOf(first)) && (last === '*' || instant <= endOf(last));
}

function startOf(bound: string): string {
  return bound.includes('T') ? toUtc(bound) : `${bound}T00:00:00Z`;
}

function endOf(bound: string): string {
  return bound.includes('T') ? toUtc(bound) : `${bound}T23:59:59Z`;
}

function toUtc(instant: string): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) {
    throw new GitHubRefusal(
      'UNPROCESSABLE',
      `The search cannot be parsed: "${instant}" is no date.`,
    );
  }
  return `${date.toISOString().slice(0, 19)}Z`;
}
