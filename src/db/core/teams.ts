import type { Db } from './client.ts';

/** Teams a statement: the function itself answers no more. */
const PAGE = 1_000;

/**
 * Ids of the teams after `after` in ascending order, for work that goes team by team.
 * @param count 1 to 1,000
 */
export async function listTeams(db: Db, after: bigint, count: number): Promise<bigint[]> {
  const rows = await db.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM throughline_list_teams(${after}, ${count}::integer) AS id`;
  return rows.map(({ id }) => id);
}

/** All teams, read in pages. */
export async function* eachTeam(db: Db): AsyncGenerator<bigint> {
  let after = 0n;
  for (;;) {
    const page = await listTeams(db, after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) {
      return;
    }
    after = last;
  }
}
