import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { parametersOf, type Answered, type GitHubApi } from '../transport/api.ts';
import { readAnswer } from '../transport/answers.ts';
import { GitHubFailure } from '../transport/failures.ts';
import { TextCleaner, toCount } from '../transport/wire-values.ts';

/** As many as GitHub gives at most. */
const PER_PAGE = 100;

/** Beyond this a range says that history was rewritten, not what a deployment brought. */
const MAX_COMMITS = 10_000;

export interface RangeRequest {
  readonly repository: RepositoryName;
  readonly base: string;
  readonly head: string;
  /** From 1. */
  readonly page: number;
}

/** A page of the commits that `head` has and `base` has not, or why GitHub does not give them. */
export type RangePage =
  | { readonly state: 'PAGE'; readonly shas: readonly string[]; readonly hasNextPage: boolean }
  | { readonly state: 'UNAVAILABLE'; readonly reason: string };

interface RawComparison {
  readonly total_commits: number;
  readonly commits: readonly { readonly sha: string }[];
}

/** Comparisons of commits, which only the REST API makes. Throws GitHubFailure and nothing else. */
export function createCompare(api: GitHubApi) {
  return {
    async fetchPage({ repository, base, head, page }: RangeRequest): Promise<Answered<RangePage>> {
      const what = `the commits between two deployments of ${formatRepositoryName(repository)}`;
      try {
        const { data, quota } = await api.rest(
          'GET /repos/{owner}/{repo}/compare/{basehead}',
          {
            ...parametersOf(repository),
            basehead: `${base}...${head}`,
            per_page: PER_PAGE,
            page,
          },
          what,
        );
        return readAnswer(what, () => ({ answer: mapRange(data as RawComparison, page), quota }));
      } catch (error) {
        // The repository itself was just read: what is missing is one of the commits, or what they have in common.
        if (error instanceof GitHubFailure && error.kind === 'NOT_FOUND') {
          const reason = `GitHub does not know one of the commits ${base} and ${head} any more, or they have nothing in common.`;
          return { answer: { state: 'UNAVAILABLE', reason }, quota: null };
        }
        throw error;
      }
    },
  };
}

/** @throws UnreadableError, TypeError when the comparison is not as GitHub's schema promises */
export function mapRange(raw: RawComparison, page: number): RangePage {
  const cleaner = new TextCleaner();
  const total = toCount(raw.total_commits, 'count of commits');
  if (total > MAX_COMMITS) {
    const reason = `The range has ${total} commits, more than the ${MAX_COMMITS} that are read.`;
    return { state: 'UNAVAILABLE', reason };
  }
  if (raw.commits.length === 0 && total > (page - 1) * PER_PAGE) {
    const reason = `GitHub says that the range has ${total} commits, and lists none of them.`;
    return { state: 'UNAVAILABLE', reason };
  }
  return {
    state: 'PAGE',
    shas: raw.commits.map(({ sha }) => cleaner.cleanKey(sha, 'sha of a commit')),
    hasNextPage: page * PER_PAGE < total,
  };
}
