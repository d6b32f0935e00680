import type { Caller, Permission } from './callers.ts';
import type { GraphQLScope } from './graphql/graphql-scope.ts';
import { GitHubRefusal } from './refusal.ts';
import { restError } from './rest/rest-scope.ts';
import type { RestAnswer } from './rest/rest-scope.ts';

/** What a path needs beyond being let in. */
const NEEDED: readonly (readonly [pattern: RegExp, permission: Permission])[] = [
  [/^\/(?:repos\/[^/]+\/[^/]+|repositories\/\d+)\/pulls/, 'pull_requests'],
  [/^\/(?:repos\/[^/]+\/[^/]+|repositories\/\d+)\/compare\//, 'contents'],
  [/^\/(?:repos\/[^/]+\/[^/]+|repositories\/\d+)\/hooks/, 'repository_hooks'],
  [/^\/orgs\/[^/]+\/members/, 'members'],
  [/^\/orgs\/[^/]+\/hooks/, 'organization_hooks'],
];

/** The refusal of a path for which the caller's permissions do not suffice; null when they do. */
export function refusePath(path: string, method: string, caller: Caller): RestAnswer | null {
  if (caller.kind === 'INSTALLATION' && path === '/user') {
    return restError(403, messageFor(caller));
  }
  const permission = NEEDED.find(([pattern]) => pattern.test(path))?.[1];
  if (permission === undefined || !caller.missing.has(permission)) {
    return null;
  }
  const level = method === 'GET' ? 'read' : 'write';
  return {
    ...restError(403, messageFor(caller)),
    headers: { 'x-accepted-github-permissions': `${permission}=${level}` },
  };
}

/** @throws GitHubRefusal FORBIDDEN when the caller lacks one of the permissions that a field needs */
export function needPermission({ caller }: GraphQLScope, ...permissions: Permission[]): void {
  if (permissions.some((permission) => caller.missing.has(permission))) {
    throw new GitHubRefusal('FORBIDDEN', messageFor(caller));
  }
}

function messageFor({ kind }: Caller): string {
  return kind === 'INSTALLATION'
    ? 'Resource not accessible by integration'
    : 'Resource not accessible by personal access token';
}
