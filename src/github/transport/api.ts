import type { Octokit } from '@octokit/rest';
import type { Endpoints } from '@octokit/types';
import { textOf, type Sendable } from '../../domain/core/graphql-document.ts';
import { instantAt } from '../../domain/core/instants.ts';
import type { QuotaFact } from '../../domain/pulls/github-facts.ts';
import type { RepositoryName } from '../../domain/sync/repository-name.ts';
import { isAccessory, isMissed } from './accessories.ts';
import { headersOf, notGitHub, statusOf, toGitHubFailure } from './failures.ts';
import { withoutElements } from './older-document.ts';
import { readLacking, serverTooOld, whyMissed } from './schema-refusals.ts';
import type { ServerSchemas } from './server-schemas.ts';

/** An answer, and what it has left of the limit. */
export interface Answered<Answer> {
  readonly answer: Answer;
  readonly quota: QuotaFact | null;
}

/** What a route of the REST API answers, as Octokit types it. */
export type RestData<Route extends keyof Endpoints> = Endpoints[Route]['response']['data'];

/** An answer of the REST API. */
export interface RestAnswer {
  /** Null when nothing changed since the ETag that was sent. */
  readonly data: unknown;
  readonly etag: string | null;
  /** Whether the Link header names a next page. */
  readonly hasNextPage: boolean;
  /** What a classic token may do, such as `repo`; null for other credentials. */
  readonly scopes: readonly string[] | null;
  /** Where the next page begins, where GitHub names it so and not by a number; else null. */
  readonly nextCursor: string | null;
  readonly quota: QuotaFact | null;
}

/** A fact that a GitHub Enterprise Server does not tell. */
export interface UntoldFact {
  /** As GitHub's schema has it: `PullRequest.statusCheckRollup`. */
  readonly element: string;
  readonly reason: string;
}

/** Both of GitHub's APIs with one credential. Every method throws GitHubFailure and nothing else. */
export interface GitHubApi {
  /** Host of the REST root, such as `api.github.com`. */
  readonly host: string;
  /**
   * Asks the GraphQL API. What the server lacks of a document is left out where that can be done without; `untold` says
   * what of it.
   * @param what what is asked for, for messages: `repository owner/name`
   */
  graphql<Answer, Variables>(
    document: Sendable<Answer, Variables>,
    variables: Variables & Record<string, unknown>,
    what: string,
  ): Promise<Answer>;
  /** Facts that the last document was asked without, because the server does not tell them: its answer has no fields for them. */
  untold(): readonly UntoldFact[];
  /**
   * Asks the REST API.
   * @param route as Octokit writes it: `GET /repos/{owner}/{repo}/pulls/comments`
   * @param etag of the answer that is known: when nothing changed, `data` is null and GitHub counts nothing
   */
  rest(
    route: string,
    parameters: Record<string, unknown>,
    what: string,
    etag?: string | null,
  ): Promise<RestAnswer>;
}

/** The APIs of an Octokit whose own retries and throttling are off. */
export function createGitHubApi(
  octokit: Octokit,
  options: { readonly host: string; readonly now: () => Date; readonly schemas: ServerSchemas },
): GitHubApi {
  const { host, schemas } = options;
  let untold: readonly UntoldFact[] = [];

  /**
   * Learns from an answer what the server lacks.
   * @returns whether less is to be asked for now
   * @throws GitHubFailure where that cannot be done without
   */
  function learn(error: unknown): boolean {
    const lacking = readLacking(error) ?? [];
    const needed = lacking.filter((element) => !isAccessory(element));
    if (needed.length > 0) {
      throw serverTooOld(needed, { host, version: schemas.versionOf(host) }, error);
    }
    // Each time there is one accessory less: that ends.
    const known = schemas.lackingOn(host);
    const found = lacking.filter((element) => !known.has(element));
    if (found.length > 0) {
      schemas.learn(host, found);
    }
    return found.length > 0;
  }

  return {
    host,

    async graphql<Answer>(
      document: Parameters<typeof textOf>[0],
      variables: Record<string, unknown>,
      what: string,
    ): Promise<Answer> {
      for (;;) {
        const lacking = schemas.lackingOn(host);
        // The answer may say that the server is another one now: it was asked as this one.
        const server = { host, version: schemas.versionOf(host) };
        untold = [...lacking]
          .filter(isMissed)
          .map((element) => ({ element, reason: whyMissed(element, server) }));
        const whole = textOf(document);
        const text = lacking.size === 0 ? whole : await withoutElements(whole, lacking);
        try {
          return await octokit.graphql(text, variables);
        } catch (error) {
          if (learn(error)) {
            continue;
          }
          // A missing repository is an error within an answer; a missing GraphQL endpoint is another server.
          throw statusOf(error) === 404
            ? notGitHub(what, error)
            : toGitHubFailure(error, what, options.now());
        }
      }
    },

    untold: () => untold,

    async rest(route, parameters, what, etag = null) {
      const headers = etag === null ? {} : { 'if-none-match': etag };
      try {
        const answer = await octokit.request(route, { ...parameters, headers });
        return {
          data: answer.data,
          etag: answer.headers.etag ?? null,
          hasNextPage: /rel="?next"?/.test(answer.headers.link ?? ''),
          scopes: scopesOf(answer.headers),
          nextCursor: nextCursorOf(answer.headers.link ?? ''),
          quota: quotaOf(answer.headers, 1),
        };
      } catch (error) {
        if (statusOf(error) === 304) {
          const [scopes, quota] = [scopesOf(headersOf(error)), quotaOf(headersOf(error), 0)];
          return { data: null, etag, hasNextPage: false, nextCursor: null, scopes, quota };
        }
        throw toGitHubFailure(error, what, options.now());
      }
    },
  };
}

/** The parameter `cursor` of the next page in a Link header. */
function nextCursorOf(link: string): string | null {
  const [, address] = /<([^>]+)>;\s*rel="?next"?/.exec(link) ?? [];
  return address !== undefined && URL.canParse(address)
    ? new URL(address).searchParams.get('cursor')
    : null;
}

function scopesOf(
  headers: Readonly<Record<string, string | number | undefined>>,
): readonly string[] | null {
  const scopes = headers['x-oauth-scopes'];
  return scopes === undefined ? null : String(scopes).split(/, */);
}

/** PostgreSQL's integer. */
const MAX_COUNT = 2 ** 31 - 1;

/** GitHub's limit as the headers of a REST answer give it; null where they do not. */
function quotaOf(
  headers: Readonly<Record<string, string | number | undefined>>,
  cost: number,
): QuotaFact | null {
  const read = (name: string): number => Number(headers[`x-ratelimit-${name}`] ?? Number.NaN);
  const [limit, remaining, used, reset] = [
    read('limit'),
    read('remaining'),
    read('used'),
    read('reset'),
  ];
  const areCounts = [limit, remaining, used].every(
    (value) => Number.isSafeInteger(value) && value >= 0 && value <= MAX_COUNT,
  );
  const resetAt = instantAt(reset * 1000);
  return areCounts && resetAt !== null
    ? { resource: 'core', limit, remaining, used, cost, resetAt }
    : null;
}

/** The parameters of a route below a repository. */
export function parametersOf({ owner, name }: RepositoryName) {
  return { owner, repo: name };
}
