import type { QuotaFact, RepositoryFact } from '../../domain/pulls/github-facts.ts';
import { readAnswer } from '../transport/answers.ts';
import type { GitHubApi, RestData } from '../transport/api.ts';
import { GitHubFailure, statusOf } from '../transport/failures.ts';
import { TextCleaner, toFlag, toId } from '../transport/wire-values.ts';

/** A repository as GitHub names it now; this answer does not say whether it is empty. */
export type NamedRepository = Omit<RepositoryFact, 'isEmpty'>;

export interface RepositoryByIdRequest {
  readonly githubId: bigint;
  /** `owner/name` as it was last known, for messages. */
  readonly knownAs: string;
  /** Of the answer that is known; null asks for all of it. */
  readonly etag: string | null;
}

export interface RepositoryByIdAnswer {
  /** Null when nothing changed since the ETag. */
  readonly repository: NamedRepository | null;
  readonly etag: string | null;
  readonly quota: QuotaFact | null;
}

/**
 * Makes the method of a client that asks for a repository by GitHub's number, which stays over renames and transfers.
 * Costs nothing while nothing changed. Throws GitHubFailure and nothing else: NOT_FOUND when it is gone, FORBIDDEN when
 * it is blocked.
 */
export function createRepositoryById(api: GitHubApi) {
  return async ({
    githubId,
    knownAs,
    etag,
  }: RepositoryByIdRequest): Promise<RepositoryByIdAnswer> => {
    const what = `repository ${knownAs}`;
    const answer = await api
      .rest('GET /repositories/{id}', { id: String(githubId) }, what, etag)
      .catch((error: unknown) => {
        throw error instanceof GitHubFailure ? explain(error, knownAs) : error;
      });
    const { data, quota } = answer;
    return {
      repository: data === null ? null : readAnswer(what, () => toRepository(data)),
      etag: answer.etag,
      quota,
    };
  };
}

/** What an admin can do about a repository that its own number does not show. */
function explain(failure: GitHubFailure, knownAs: string): GitHubFailure {
  if (failure.kind === 'NOT_FOUND') {
    return new GitHubFailure(
      'NOT_FOUND',
      `GitHub does not show ${knownAs} any more: it was deleted, or the token may no longer see it. Its data are kept; if it is still there, give the token access to it and start a backfill.`,
      { cause: failure },
    );
  }
  return statusOf(failure.cause) === 451
    ? new GitHubFailure(
        'FORBIDDEN',
        `GitHub has blocked ${knownAs} for legal reasons (451): its owner has to settle that with GitHub. Its data are kept.`,
        { cause: failure },
      )
    : failure;
}

function toRepository(data: unknown): NamedRepository {
  // Octokit does not know the route; the answer is that of the route by name.
  const raw = data as RestData<'GET /repos/{owner}/{repo}'>;
  const cleaner = new TextCleaner();
  return {
    githubId: toId(raw.id, 'id'),
    owner: cleaner.clean(raw.owner.login, 'owner'),
    name: cleaner.clean(raw.name, 'name'),
    defaultBranch: raw.default_branch ? cleaner.clean(raw.default_branch, 'default branch') : null,
    isPrivate: toFlag(raw.private, 'private'),
    isArchived: toFlag(raw.archived, 'archived'),
  };
}
