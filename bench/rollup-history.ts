import type { Db } from '../src/db/core/client.ts';
import { type Figures, median } from './figures.ts';
import type { RollupBench, RollupSizes } from './rollup-sizes.ts';
import { type FactTeam, makeFacts } from './rollup-facts.ts';
import { changePullRequests, rebuildAll, rollUpAll, timeSeconds } from './rollup-runs.ts';

/** The latest pull requests of a team that change in one step, however long its history is. */
const STEP_LIMIT = 10;
const LONGER = 10;

/** Two sets of teams that differ in the length of their history alone; the same step alternately. */
export async function measureLongHistory(
  { database, onProgress }: RollupBench,
  figures: Figures,
  db: Db,
  sizes: RollupSizes,
): Promise<void> {
  const { superuser } = database;
  const share = sizes.historyTeams / sizes.teams;
  const make = (slug: string, factor: number): Promise<FactTeam[]> => {
    onProgress(`making ${sizes.historyTeams} teams with ${sizes.days * factor} days of history`);
    return makeFacts(superuser, {
      slug,
      teams: sizes.historyTeams,
      membersATeam: sizes.membersATeam,
      pullRequests: Math.round(sizes.pullRequests * share * factor),
      reviews: Math.round(sizes.reviews * share * factor),
      commits: Math.round(sizes.commits * share * factor),
      days: sizes.days * factor,
    });
  };
  const short = await make('short', 1);
  const long = await make('long', LONGER);
  await rebuildAll(db, short, 'short');
  await rebuildAll(db, long, 'long');
  await superuser.query('VACUUM (ANALYZE) weekly_metrics');
  const shortSeconds: number[] = [];
  const longSeconds: number[] = [];
  // The steps are short: more of them, alternately, so that other load affects both alike.
  for (let pass = 0; pass < 3 * sizes.passes; pass += 1) {
    onProgress(`the same step in short and long histories, pass ${pass + 1}`);
    for (const [teams, seconds] of [
      [short, shortSeconds],
      [long, longSeconds],
    ] as const) {
      await changePullRequests(db, teams, { pass, limit: STEP_LIMIT });
      await superuser.query('VACUUM (ANALYZE) pull_request, rollup_dirty');
      seconds.push(
        await timeSeconds(async () => {
          await rollUpAll(db, teams);
        }),
      );
    }
  }
  figures.report('rollup.history.step', median(shortSeconds), 's');
  figures.report('rollup.history.step_ten_times_longer', median(longSeconds), 's');
  figures.timed('rollup.history.slowdown', median(longSeconds) / median(shortSeconds), 'times', {
    atMost: 1.5,
  });
}
