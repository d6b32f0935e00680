import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import { refreshBaseKinds } from './base-kinds.ts';

export interface TrackBranchesInput {
  readonly teamId: bigint;
  /** Null stands for the team, whose branches hold for each repository that has none of its own. */
  readonly repositoryId: bigint | null;
  /** Names, or patterns with an asterisk; none tracks all. */
  readonly branches: readonly string[];
}

/**
 * Sets which branches count, finds out anew which merges do, and marks the weeks dirty that change. The transaction must be
 * opened with `memberChange`, so that no page of facts is written meanwhile. The same again changes nothing.
 * @returns how many pull requests count otherwise now
 */
export async function trackBranches(
  tx: DbTransaction,
  { teamId, repositoryId, branches }: TrackBranchesInput,
): Promise<Written<number>> {
  const given = [...branches];
  const before =
    repositoryId === null
      ? await tx.$queryRaw<{ branches: string[] }[]>`
          UPDATE team SET tracked_branches = ${given}::text[]
          WHERE id = ${teamId} AND tracked_branches <> ${given}::text[] RETURNING old.tracked_branches AS branches`
      : await tx.$queryRaw<{ branches: string[] }[]>`
          UPDATE repository SET tracked_branches = ${given}::text[]
          WHERE team_id = ${teamId} AND id = ${repositoryId} AND tracked_branches <> ${given}::text[]
          RETURNING old.tracked_branches AS branches`;
  const [changed] = before;
  if (changed === undefined) {
    return { result: 0, audit: 'UNCHANGED' };
  }
  const count = await refreshBaseKinds(tx, teamId, repositoryId === null ? {} : { repositoryId });
  return {
    result: count,
    audit: {
      action: 'TRACKED_BRANCHES',
      details: {
        repository: repositoryId === null ? null : String(repositoryId),
        before: changed.branches,
        after: given,
      },
    },
  };
}
