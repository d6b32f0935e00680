import type {
  ResolvedRepository,
  ResolveRepositoriesResult,
  SyncActivities,
} from '../contracts/sync.ts';
import {
  blockQuota,
  listRepositories,
  readActiveConnection,
  saveConnectionIdentity,
  upsertRepository,
} from '../db/github-connections.ts';
import { countRequest, widenRun } from '../db/sync-runs.ts';
import { withTeam } from '../db/team-transaction.ts';
import { DomainError } from '../domain/errors.ts';
import { formatRepositoryName, parseRepositoryName } from '../domain/repository-name.ts';
import { GitHubFailure } from '../github/failures.ts';
import { connectGitHub, identityOf } from './github-credential.ts';
import { recordFailure } from './record-failure.ts';
import type { SyncActivityContext } from './sync-dependencies.ts';

/**
 * Finds the repositories that a backfill was asked for: looks new names up on GitHub and gives them a row by GitHub's
 * id. A name that GitHub does not show is refused alone, with the reason; the others go on.
 */
export function createResolveRepositories(
  context: SyncActivityContext,
): SyncActivities['resolveRepositories'] {
  const { db } = context;

  return async (input) => {
    const teamId = BigInt(input.teamId);
    const job = { teamId, syncRunId: BigInt(input.syncRunId) };
    const { known, connection } = await withTeam(db, teamId, async (tx) => {
      await widenRun(tx, job, new Date(input.since));
      return {
        known: await listRepositories(tx, teamId),
        connection: await readActiveConnection(tx, teamId),
      };
    });
    // What is gone may be there again under its name, as another repository: it is looked up anew.
    const byName = new Map(
      known
        .filter((row) => row.syncState !== 'GONE')
        .map((row) => [formatRepositoryName(row).toLowerCase(), String(row.id)]),
    );
    if (input.repositories.length === 0) {
      const repositories = known.map((row) => ({
        repositoryId: String(row.id),
        name: formatRepositoryName(row),
      }));
      return { repositories, refused: [], wait: null };
    }
    if (connection === null) {
      throw new DomainError(
        'GITHUB_NOT_CONNECTED',
        'The team has no working GitHub connection: give it a token.',
      );
    }
    const credential = { ...connection, teamId, connectionId: connection.id };
    const github = await connectGitHub(context, credential);
    const identity = identityOf(credential);
    const repositories = new Map<string, ResolvedRepository>();
    const refused: { name: string; reason: string }[] = [];
    const answer = (wait: ResolveRepositoriesResult['wait']): ResolveRepositoriesResult => ({
      repositories: [...repositories.values()],
      refused,
      wait,
    });
    for (const name of input.repositories) {
      const repositoryId = byName.get(name.toLowerCase());
      if (repositoryId !== undefined && connection.identity !== null) {
        repositories.set(repositoryId, { repositoryId, name });
        continue;
      }
      try {
        const found = await context.lane(identity, () =>
          github.lookUpRepository(parseRepositoryName(name)),
        );
        const rowId = await withTeam(db, teamId, async (tx) => {
          const key = { teamId, connectionId: connection.id };
          await saveConnectionIdentity(tx, key, found.identity);
          await countRequest(tx, job, found.quota?.cost ?? 0);
          return upsertRepository(tx, key, found.repository);
        });
        const resolved = {
          repositoryId: String(rowId),
          name: formatRepositoryName(found.repository),
        };
        repositories.set(resolved.repositoryId, resolved);
      } catch (error) {
        if (isRefusal(error)) {
          refused.push({ name, reason: error.message });
          continue;
        }
        if (!(error instanceof GitHubFailure)) {
          throw error;
        }
        const { until, message: reason } = error;
        if (error.kind === 'RATE_LIMITED' && until !== null) {
          await withTeam(db, teamId, (tx) => blockQuota(tx, identity, { until, reason }));
          return answer({ until: until.toISOString(), reason });
        }
        await recordFailure(db, { teamId, connectionId: connection.id, repositoryId: null }, error);
        throw error;
      }
    }
    return answer(null);
  };
}

/** What concerns this one name; a refused token or a limit concerns them all. */
function isRefusal(error: unknown): error is Error {
  return (
    (error instanceof GitHubFailure &&
      (error.kind === 'NOT_FOUND' || error.kind === 'FORBIDDEN')) ||
    (error instanceof DomainError && error.code === 'INVALID_INPUT')
  );
}
