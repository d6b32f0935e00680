import type { SyncActivities, SyncStageResult } from '../contracts/sync.ts';
import { readWalkConnection, startStage } from '../db/repository-walks.ts';
import { markWaiting } from '../db/sync-runs.ts';
import { withTeam } from '../db/team-transaction.ts';
import { DomainError } from '../domain/errors.ts';
import type { RepositoryName } from '../domain/repository-name.ts';
import type { SyncStage } from '../domain/sync-stage.ts';
import type { AskInTurn, TurnPlace } from './ask-in-turn.ts';
import type { SyncActivityContext } from './sync-dependencies.ts';

/** What a stage works on. */
export interface StageRun {
  readonly teamId: bigint;
  readonly syncRunId: bigint;
  readonly repositoryId: bigint;
  readonly repository: RepositoryName;
  /** How far back the run goes that the stage belongs to. */
  readonly horizon: Date;
  /** Place for `askInTurn`; the resource is the stage's own choice. */
  readonly place: Omit<TurnPlace, 'resource'>;
}

/** Reads at most ten requests' worth and commits each with the place to go on from. */
export type StageReader = (run: StageRun) => Promise<SyncStageResult>;

export interface StageContext extends SyncActivityContext {
  readonly askInTurn: AskInTurn;
}

/** Runs the stages that follow the walk of pull requests. */
export function createSyncStage(
  context: StageContext,
  readers: Readonly<Record<SyncStage, StageReader>>,
): SyncActivities['syncRepositoryStage'] {
  return async (input) => {
    const teamId = BigInt(input.teamId);
    const syncRunId = BigInt(input.syncRunId);
    const repositoryId = BigInt(input.repositoryId);
    const found = await withTeam(context.db, teamId, async (tx) => {
      await startStage(tx, { teamId, syncRunId }, input.stage);
      return readWalkConnection(tx, { teamId, syncRunId });
    });
    if (found === null) {
      throw new DomainError('NOT_FOUND', 'The walk is not known: its repository was removed.');
    }
    const { connectionId, owner, name, horizon } = found;
    const result = await readers[input.stage]({
      teamId,
      syncRunId,
      repositoryId,
      repository: { owner, name },
      horizon,
      place: { teamId, connectionId, repositoryId, priority: 'WALK' },
    });
    if (result.next === 'WAIT') {
      const wait = { until: new Date(result.until), reason: result.reason };
      await withTeam(context.db, teamId, (tx) => markWaiting(tx, { teamId, syncRunId }, wait));
    }
    return result;
  };
}
