import type { Db } from '../src/db/core/client.ts';
import { createNodeDb } from '../src/db/core/node-client.ts';
import { BASELINE_GENERATION } from './baselines/rollup-prefetch.ts';
import { type Figures, median } from './figures.ts';
import {
  clearBaseline,
  countDifferences,
  sampleMemberWeeks,
  timeMemberWeeksThroughPg,
  timeMemberWeeksThroughPrisma,
  timePrefetch,
} from './rollup-baselines.ts';
import { type FactTeam, makeFacts } from './rollup-facts.ts';
import { measureLongHistory } from './rollup-history.ts';
import {
  changePullRequests,
  fingerprintMemberWeeks,
  markEverythingDirty,
  readAlone,
  rebuildAll,
  rollUpAll,
  timeSeconds,
} from './rollup-runs.ts';
import { FULL, QUICK, type RollupBench, type RollupSizes } from './rollup-sizes.ts';
import { countStatementsLike, measureWal, resetStatements } from './server-counters.ts';

/** All figures of weekly metrics. */
export async function benchRollup(
  bench: RollupBench,
  figures: Figures,
  quick: boolean,
): Promise<void> {
  const sizes = quick ? QUICK : FULL;
  const { database, onProgress } = bench;
  onProgress(`making ${sizes.pullRequests} pull requests of ${sizes.teams} teams`);
  const teams = await makeFacts(database.superuser, { ...sizes, slug: 'bench' });
  const db = createNodeDb({
    connectionString: database.url('application'),
    poolSize: 2,
    applicationName: 'throughline-bench rollup',
    onConnectionError: (error) => onProgress(error.message),
  });
  try {
    const fullSeconds = await measureRebuild(bench, figures, db, teams, sizes);
    await measureIncrement(bench, figures, db, { teams, sizes, fullSeconds });
    await measureNothingChanged(bench, figures, db, teams, sizes);
    await measureLongHistory(bench, figures, db, sizes);
  } finally {
    await db.$disconnect();
  }
}

/** Only the generation that is read stays, so that every pass begins alike. */
async function clearOldGenerations({ database }: RollupBench): Promise<void> {
  await database.superuser.query(
    `DELETE FROM weekly_metrics m USING team t WHERE t.id = m.team_id AND m.generation <> t.rollup_generation`,
  );
  await database.superuser.query('VACUUM (ANALYZE) weekly_metrics, rollup_rebuild');
  await database.superuser.query('CHECKPOINT');
}

async function measureRebuild(
  bench: RollupBench,
  figures: Figures,
  db: Db,
  teams: readonly FactTeam[],
  sizes: RollupSizes,
): Promise<number> {
  const { database, onProgress } = bench;
  const { superuser } = database;
  const url = database.url('application');
  const passes = Math.min(3, sizes.passes);
  const ours: number[] = [];
  const prefetch: number[] = [];
  for (let pass = 1; pass <= passes; pass += 1) {
    onProgress(`full rebuild and prefetch, pass ${pass} of ${passes}`);
    await clearOldGenerations(bench);
    await resetStatements(superuser);
    let memberWeeks = 0;
    ours.push(
      await timeSeconds(async () => {
        memberWeeks = await rebuildAll(db, teams, `pass ${pass}`);
      }),
    );
    if (pass === 1) {
      figures.report('rollup.member_weeks', memberWeeks, 'member weeks');
      const statements = await countStatementsLike(superuser, /^\s*WITH rebuild AS/);
      figures.exactly('rollup.rebuild_statements_a_team', statements / teams.length, 'statements', {
        equals: 1,
      });
    }
    await clearOldGenerations(bench);
    prefetch.push(await timePrefetch(url, teams));
    if (pass === 1) {
      const isEqual =
        (await fingerprintMemberWeeks(superuser, teams, null)) ===
        (await fingerprintMemberWeeks(superuser, teams, BASELINE_GENERATION));
      figures.exactly('rollup.equal_to_prefetch', Number(isEqual), '', { equals: 1 });
    }
    await clearBaseline(superuser);
  }
  onProgress('per member and week, through pg and through Prisma');
  const pgMemberWeeks = await sampleMemberWeeks(superuser, teams, sizes.pgSample);
  const pgSeconds =
    (await timeMemberWeeksThroughPg(url, pgMemberWeeks.sampled)) * pgMemberWeeks.dense;
  figures.exactly(
    'rollup.member_weeks_other_than_pg',
    await countDifferences(superuser),
    'member weeks',
    {
      equals: 0,
    },
  );
  await clearBaseline(superuser);
  const prismaMemberWeeks = await sampleMemberWeeks(superuser, teams, sizes.prismaSample);
  const prismaSeconds =
    (await timeMemberWeeksThroughPrisma(url, prismaMemberWeeks.sampled)) * prismaMemberWeeks.dense;
  figures.exactly(
    'rollup.member_weeks_other_than_prisma',
    await countDifferences(superuser),
    'member weeks',
    {
      equals: 0,
    },
  );
  await clearBaseline(superuser);
  const full = median(ours);
  figures.report('rollup.members_times_weeks', pgMemberWeeks.dense, 'member weeks');
  figures.report('rollup.full.ours', full, 's');
  figures.report('rollup.full.prefetch', median(prefetch), 's');
  figures.report('rollup.full.pg_member_weeks_extrapolated', pgSeconds, 's');
  figures.report('rollup.full.prisma_member_weeks_extrapolated', prismaSeconds, 's');
  figures.timed('rollup.full.faster_than_pg_member_weeks', pgSeconds / full, 'times', {
    atLeast: 70,
  });
  figures.timed('rollup.full.faster_than_prisma_member_weeks', prismaSeconds / full, 'times', {
    atLeast: 250,
  });
  figures.timed('rollup.full.faster_than_prefetch', median(prefetch) / full, 'times', {
    atLeast: 1.5,
  });
  return full;
}

interface Increment {
  readonly teams: readonly FactTeam[];
  readonly sizes: RollupSizes;
  readonly fullSeconds: number;
}

async function measureIncrement(
  bench: RollupBench,
  figures: Figures,
  db: Db,
  { teams, sizes, fullSeconds }: Increment,
): Promise<void> {
  const { superuser } = bench.database;
  const seconds: number[] = [];
  let changed = 0;
  let memberWeeks = 0;
  for (let pass = 0; pass < sizes.passes; pass += 1) {
    bench.onProgress(`after 1 % of the pull requests changed, pass ${pass + 1} of ${sizes.passes}`);
    const limit = sizes.pullRequests;
    changed = await changePullRequests(db, teams, { pass, limit });
    await superuser.query('VACUUM (ANALYZE) pull_request, rollup_dirty');
    seconds.push(
      await timeSeconds(async () => {
        const { written, removed } = await rollUpAll(db, teams);
        memberWeeks = written + removed;
      }),
    );
  }
  const incremental = await fingerprintMemberWeeks(superuser, teams, null);
  await rebuildAll(db, teams, 'after the changes');
  const isEqual = incremental === (await fingerprintMemberWeeks(superuser, teams, null));
  figures.report('rollup.increment.pull_requests', changed, 'pull requests');
  figures.report('rollup.increment.member_weeks', memberWeeks, 'member weeks');
  figures.exactly('rollup.increment.equal_to_rebuild', Number(isEqual), '', { equals: 1 });
  figures.report('rollup.increment.ours', median(seconds), 's');
  figures.timed('rollup.increment.faster_than_rebuild', fullSeconds / median(seconds), 'times', {
    atLeast: 20,
  });
}

async function measureNothingChanged(
  bench: RollupBench,
  figures: Figures,
  db: Db,
  teams: readonly FactTeam[],
  sizes: RollupSizes,
): Promise<void> {
  const { superuser } = bench.database;
  await clearOldGenerations(bench);
  const ours: number[] = [];
  const reads: number[] = [];
  let memberWeeksRead = 0;
  let written = 0;
  let walBytes = 0;
  for (let pass = 1; pass <= sizes.passes; pass += 1) {
    bench.onProgress(`nothing changed, pass ${pass} of ${sizes.passes}`);
    await markEverythingDirty(superuser);
    reads.push(
      await timeSeconds(async () => {
        memberWeeksRead = await readAlone(db, teams);
      }),
    );
    const { bytes, result } = await measureWal(superuser, () =>
      timeSeconds(async () => {
        const done = await rollUpAll(db, teams);
        written += done.written + done.removed;
      }),
    );
    walBytes = bytes;
    ours.push(result);
  }
  figures.report('rollup.nothing_changed.member_weeks_read', memberWeeksRead, 'member weeks');
  figures.exactly('rollup.nothing_changed.member_weeks_written', written, 'member weeks', {
    equals: 0,
  });
  figures.report('rollup.nothing_changed.wal', walBytes, 'bytes');
  figures.report('rollup.nothing_changed.ours', median(ours), 's');
  figures.report('rollup.nothing_changed.reads_alone', median(reads), 's');
  figures.timed('rollup.nothing_changed.slower_than_reads', median(ours) / median(reads), 'times', {
    atMost: 2.5,
  });
}
