import type { ApiWorld } from '../api-world.ts';
import type { SeededTeam } from '../seed-team.ts';

/** A dead letter; of a pull request and open unless said otherwise. */
export interface DeadLetterSeed {
  /** Which of the team's repositories, from 0. */
  readonly repository: number;
  readonly key: string;
  readonly entity?: string;
  readonly run?: string;
  readonly attempts?: number;
  readonly resolved?: boolean;
  readonly of?: SeededTeam;
}

/** When all of them were tried last. */
export const TRIED = '2026-03-10T12:00:00.000Z';

/** Dead letters of a team, or of the one that a letter names, an hour old. */
export async function seedDeadLetters(
  world: ApiWorld,
  team: SeededTeam,
  letters: readonly DeadLetterSeed[],
): Promise<void> {
  for (const { repository, key, entity = 'pull_request', of = team, ...more } of letters) {
    await world.sql(
      `INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, attempts,
        first_seen_at, last_seen_at, resolved_at, sync_run_id)
      VALUES ($1, $2, $3, $4, 'UNREADABLE', 'id is 0', $5, now() - interval '1 hour', $6,
        CASE WHEN $7::boolean THEN now() END, $8)`,
      [
        of.teamId,
        of.repositoryIds[repository],
        entity,
        key,
        more.attempts ?? 1,
        TRIED,
        more.resolved ?? false,
        more.run ?? null,
      ],
    );
  }
}
