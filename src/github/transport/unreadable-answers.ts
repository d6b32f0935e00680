import { excerpt, GitHubFailure } from './failures.ts';

/** A body that could not be read: JSON that broke off on its way may be whole the next time, other text will not. */
export function unreadableAnswer(contentType: string): GitHubFailure {
  return contentType.startsWith('application/json')
    ? new GitHubFailure('TRANSIENT', "GitHub's answer broke off on its way.", { isTooHeavy: true })
    : new GitHubFailure(
        'UNEXPECTED',
        `The server at GITHUB_API_URL answers in ${excerpt(contentType) || 'no type'}, not in JSON: check that it is GitHub's REST root.`,
        { isNotJson: true },
      );
}

/**
 * The same failure where the server has answered in JSON before: a page for people, such as one of maintenance, stands
 * in its place and passes like a 502. Every other failure as it is.
 */
export function asPassing(failure: GitHubFailure): GitHubFailure {
  return failure.isNotJson
    ? new GitHubFailure(
        'TRANSIENT',
        'GitHub answered with a page that is not JSON, as it does not otherwise; it is asked again later.',
        { cause: failure },
      )
    : failure;
}
