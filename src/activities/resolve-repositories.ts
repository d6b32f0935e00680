import type {
  ResolvedRepository,
  ResolveRepositoriesResult,
  SyncActivities,
} from '../contracts/sync.ts';
import {
  listRepositories,
  readActiveConnection,
  saveConnectionIdentity,
  upsertRepository,
} from '../db/github-connections.ts';
import { countRequest, markWaiting, widenRun } from '../db/sync-runs.ts';
import { withTeam } from '../db/team-transaction.ts';
import { DomainError } from '../domain/errors.ts';
import { formatRepositoryName, parseRepositoryName } from '../domain/repository-name.ts';
import { GitHubFailure } from '../github/failures.ts';
import type { StageContext } from './sync-stage.ts';

/** Look-ups of one activity: a worker that dies loses so many at the most, and a job of 500 names heartbeats on. */
const LOOK_UPS = 20;

/**
 * Finds the repositories that a backfill was asked for: looks new names up on GitHub and gives them a row by GitHub's
 * id, 20 look-ups at a time; names beyond are left for the next call. A name that GitHub does not show is refused alone, with the reason; the others go on.
 */
export function createResolveRepositories(
  context: StageContext,
): SyncActivities['resolveRepositories'] {
  const { db } = context;

  return async (input) => {
    const teamId = BigInt(input.teamId);
    const job = { teamId, syncRunId: BigInt(input.syncRunId) };
    const { known, connection } = await withTeam(db, teamId, async (tx) => {
      await widenRun(tx, job, input.since === null ? null : new Date(input.since));
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
    if (connection === null) {
      throw new DomainError(
        'GITHUB_NOT_CONNECTED',
        'The team has no working GitHub connection: give it a token.',
      );
    }
    if (input.repositories.length === 0) {
      // What is gone stays gone until somebody asks for it.
      const wanted = known.filter((row) => input.since !== null || row.syncState !== 'GONE');
      const repositories = wanted.map((row) => ({
        repositoryId: String(row.id),
        name: formatRepositoryName(row),
      }));
      return { repositories, refused: [], wait: null, left: [] };
    }
    const key = { teamId, connectionId: connection.id };
    const place = {
      ...key,
      repositoryId: null,
      resource: 'graphql',
      priority: 'INTERACTIVE',
    } as const;
    const repositories = new Map<string, ResolvedRepository>();
    const refused: { name: string; reason: string }[] = [];
    const answer = (
      wait: ResolveRepositoriesResult['wait'],
      left: readonly string[],
    ): ResolveRepositoriesResult => ({
      repositories: [...repositories.values()],
      refused,
      wait,
      left,
    });
    let hasIdentity = connection.identity !== null;
    let lookUps = 0;
    for (const [index, name] of input.repositories.entries()) {
      const repositoryId = byName.get(name.toLowerCase());
      if (repositoryId !== undefined && hasIdentity) {
        repositories.set(repositoryId, { repositoryId, name });
        continue;
      }
      if (lookUps === LOOK_UPS) {
        return answer(null, input.repositories.slice(index));
      }
      lookUps += 1;
      try {
        const repository = parseRepositoryName(name);
        const turn = await context.askInTurn(place, async (github) => {
          const found = await github.lookUpRepository(repository);
          return { answer: found, quota: found.quota };
        });
        if (!turn.ready) {
          const { until, reason } = turn;
          await withTeam(db, teamId, (tx) => markWaiting(tx, job, { until, reason }));
          return answer({ until: until.toISOString(), reason }, input.repositories.slice(index));
        }
        hasIdentity = true;
        const found = turn.answer;
        const rowId = await withTeam(db, teamId, async (tx) => {
          await saveConnectionIdentity(tx, { ...key, secret: connection.secret }, found.identity);
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
        throw error;
      }
    }
    return answer(null, []);
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
