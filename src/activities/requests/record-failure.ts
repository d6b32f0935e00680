import {
  setConnectionRefused,
  setPartialProblem,
} from '../../db/connections/github-connections.ts';
import { setRepositoryState } from '../../db/sync/repositories.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { Db } from '../../db/core/client.ts';
import { isFailure, type GitHubFailure } from '../../github/transport/failures.ts';
import { SERVER_LACKS } from '../../github/transport/schema-refusals.ts';

/** What a request is about. */
export interface FailureScope {
  readonly teamId: bigint;
  readonly connectionId: bigint;
  /** Null for what concerns no repository, or while it is not known which one. */
  readonly repositoryId: bigint | null;
  /** A refusal says nothing of the repository as a whole: what is asked for needs a permission of its own. */
  readonly isOptional?: boolean;
}

/**
 * Stores what a failure says of the credential or the repository, where an admin looks for it.
 * @param secret of the credential that was refused, sealed: a credential that was given meanwhile is left alone
 */
export async function recordFailure(
  db: Db,
  scope: FailureScope,
  failure: GitHubFailure,
  secret: string | null,
): Promise<void> {
  const { teamId, connectionId, repositoryId } = scope;
  await withTeam(db, teamId, async (tx) => {
    if (isFailure(failure, 'UNAUTHORIZED', 'SUSPENDED')) {
      const status = failure.kind === 'SUSPENDED' ? 'SUSPENDED' : 'NEEDS_REAUTH';
      await setConnectionRefused(tx, { teamId, connectionId, secret }, status, failure.message);
    }
    if (failure.kind === 'SERVER_TOO_OLD' && scope.isOptional !== true) {
      const problem = failure.message.slice(SERVER_LACKS.length);
      await setPartialProblem(tx, { teamId, connectionId }, SERVER_LACKS, problem);
    }
    if (failure.kind === 'FORBIDDEN' && scope.isOptional === true) {
      return;
    }
    if (repositoryId !== null && isFailure(failure, 'NOT_FOUND', 'FORBIDDEN')) {
      const state = failure.kind === 'NOT_FOUND' ? 'GONE' : 'FORBIDDEN';
      await setRepositoryState(tx, { teamId, repositoryId }, state, failure.message);
    }
  });
}
