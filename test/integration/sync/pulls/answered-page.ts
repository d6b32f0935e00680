import { aSource } from '../../../unit/demo/small-world.ts';

/** An answer without an error, with these pull requests of the repository that the world has. */
export function answerWith(pullRequests: object) {
  const { databaseId, owner, name } = aSource([]).repositories[0] ?? {};
  const found = { databaseId, name, owner: { login: owner }, isPrivate: true, isArchived: false };
  const pageInfo = { hasNextPage: false, endCursor: null };
  const list = { pageInfo, ...pullRequests };
  const repository = { ...found, isEmpty: false, defaultBranchRef: null, pullRequests: list };
  return { status: 200, body: { data: { rateLimit: null, repository } } };
}
