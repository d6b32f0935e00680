import type { Endpoints } from '@octokit/types';
import type { HistoryCommitData, RepositoryData } from '../../core/github-data.ts';
import { toNodeId } from '../graphql/node-ids.ts';
import { linkHeaders, readPage } from './rest-page.ts';
import { restError } from './rest-scope.ts';
import type { RestAnswer, RestScope } from './rest-scope.ts';

type Comparison = Endpoints['GET /repos/{owner}/{repo}/compare/{basehead}']['response']['data'];

/** How many commits come when no page is asked for. */
const UNPAGED = 250;

/**
 * What leads from one commit to another, `base...head`, oldest first. Both are commits or tags of releases; one that is
 * not there, and two without an ancestor in common, are a 404 as on GitHub. Files are not part of the data.
 */
export function compareCommits(
  scope: RestScope,
  url: URL,
  repository: RepositoryData,
  basehead: string,
): RestAnswer {
  const graph = scope.world.commits(repository);
  const [base = '', head = ''] = basehead.split('...').map((name) => oidOf(repository, name));
  if (!graph.has(base, scope.at) || !graph.has(head, scope.at)) {
    return restError(404, 'Not Found');
  }
  const compared = graph.compare(base, head);
  if (compared === null) {
    return restError(404, `No common ancestor between ${base} and ${head}.`);
  }
  const { ahead, behindCount, mergeBase } = compared;
  const isPaged = url.searchParams.has('page') || url.searchParams.has('per_page');
  const { page, size } = readPage(url);
  const shown = isPaged ? ahead.slice((page - 1) * size, page * size) : ahead.slice(0, UNPAGED);
  const root = `${scope.apiUrl}/repos/${repository.owner}/${repository.name}`;
  const html = `${repository.url}/compare/${basehead}`;
  const body: Comparison = {
    url: `${root}/compare/${basehead}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: toCommit(root, repository, { oid: base, parents: [], at: repository.createdAt }),
    merge_base_commit: toCommit(root, repository, {
      oid: mergeBase,
      parents: [],
      at: repository.createdAt,
    }),
    status: statusOf(ahead.length, behindCount),
    ahead_by: ahead.length,
    behind_by: behindCount,
    total_commits: ahead.length,
    commits: shown.map((commit) => toCommit(root, repository, commit)),
    files: [],
  };
  return { status: 200, body, headers: isPaged ? linkHeaders(scope, url, ahead.length) : {} };
}

function statusOf(ahead: number, behind: number): Comparison['status'] {
  if (behind === 0) {
    return ahead === 0 ? 'identical' : 'ahead';
  }
  return ahead === 0 ? 'behind' : 'diverged';
}

function oidOf({ releases }: RepositoryData, name: string): string {
  return releases?.find((release) => release.tag === name)?.oid ?? name;
}

/** No more of a commit is known here than its name, its time and its parents. */
function toCommit(
  root: string,
  repository: RepositoryData,
  { oid, parents, at }: HistoryCommitData,
): Comparison['commits'][number] {
  const signature = { name: 'unknown', email: '', date: at };
  return {
    url: `${root}/commits/${oid}`,
    sha: oid,
    node_id: toNodeId('Commit', repository.databaseId, oid),
    html_url: `${repository.url}/commit/${oid}`,
    comments_url: `${root}/commits/${oid}/comments`,
    commit: {
      url: `${root}/git/commits/${oid}`,
      author: signature,
      committer: signature,
      message: '',
      comment_count: 0,
      tree: { sha: oid, url: `${root}/git/trees/${oid}` },
    },
    author: null,
    committer: null,
    parents: parents.map((sha) => ({ sha, url: `${root}/commits/${sha}` })),
  };
}
