import type { Db } from '../core/client.ts';
import { eachTeam } from '../core/teams.ts';
import { toArrayLiteral } from '../core/array-literal.ts';

/** Dirty marks that wait for a rollup, of all teams. */
export interface DirtyMarkBacklog {
  /** 1,000,000 where there are more. */
  readonly marks: number;
  /** Age of the oldest by the database's clock; 0 where there is none. */
  readonly oldestAgeSeconds: number;
}

/** More than rollups ever leave: counting them all would say nothing more. */
const MOST = 1_000_000;

/** Teams a statement. */
const TEAMS = 1_000;

/** A look must not be in the way of the work that it tells of. */
const STATEMENT_MS = 5_000;

/**
 * Counts the dirty marks, some teams at a time.
 * @throws what PostgreSQL says, and when a statement takes longer than 5 s
 */
export async function readDirtyMarkBacklog(db: Db): Promise<DirtyMarkBacklog> {
  let marks = 0;
  let oldestAgeSeconds = 0;
  let teams: bigint[] = [];
  const look = async (): Promise<void> => {
    if (teams.length > 0 && marks < MOST) {
      const found = await readOf(db, teams, MOST - marks);
      marks += found.marks;
      oldestAgeSeconds = Math.max(oldestAgeSeconds, found.oldestAgeSeconds);
    }
    teams = [];
  };
  for await (const teamId of eachTeam(db)) {
    teams.push(teamId);
    if (teams.length === TEAMS) {
      await look();
    }
  }
  await look();
  return { marks, oldestAgeSeconds };
}

function readOf(db: Db, teamIds: readonly bigint[], most: number): Promise<DirtyMarkBacklog> {
  const ids = toArrayLiteral(teamIds);
  return db.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT set_config('app.team_ids', ${ids}, true),
        set_config('statement_timeout', ${`${STATEMENT_MS}ms`}, true)`;
      const [found] = await tx.$queryRaw<DirtyMarkBacklog[]>`
        SELECT count(*)::integer AS marks,
          coalesce(extract(epoch FROM greatest(now() - min(marked_at), interval '0')), 0)::float8 AS "oldestAgeSeconds"
        FROM (SELECT marked_at FROM rollup_dirty WHERE team_id = ANY (${ids}::text::bigint[]) LIMIT ${most}) AS marks`;
      return found ?? { marks: 0, oldestAgeSeconds: 0 };
    },
    { timeout: 2 * STATEMENT_MS },
  );
}
