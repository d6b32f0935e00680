import Table from 'cli-table3';
import type * as Demo from '../../demo/demo.ts';
import type { InstallationOptions } from '../../demo/installation/plan.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { formatBytes, formatCount } from '../../domain/core/quantities.ts';
import { addDays, toCalendarDate, toUtcMidnight } from '../../domain/rollups/week.ts';
import {
  seedTeams,
  type SeedCounts,
  type SeededRows,
  type TeamFacts,
} from '../../runtime/database/seed-team.ts';
import type { CommandContext } from '../core/command.ts';
import { openDatabase } from '../core/database.ts';
import { loadDemo } from '../core/load-demo.ts';

export interface SeedFlags extends Pick<InstallationOptions, 'seed' | 'teams' | 'days' | 'prefix'> {
  readonly members: number;
  /** Of each team; half a pull request a member and week when it is not said. */
  readonly pullRequests?: number;
  readonly force: boolean;
  readonly json: boolean;
}

/** What seed 001 has: 51,465 pull requests of some 13,000 members in about 66 days. */
const PULL_REQUESTS_PER_MEMBER_AND_DAY = 0.06;

/**
 * Writes a made-up installation, and shows what it wrote and how fast. The same arguments on the same day write
 * nothing new.
 */
export async function seedCommand(context: CommandContext, flags: SeedFlags): Promise<number> {
  const { progress, lifetime } = context;
  const demo = await loadDemo();
  const options: InstallationOptions = {
    ...flags,
    membersPerTeam: flags.members,
    pullRequestsPerTeam:
      flags.pullRequests ??
      Math.ceil(flags.members * flags.days * PULL_REQUESTS_PER_MEMBER_AND_DAY),
    today: toCalendarDate(new Date()),
  };
  if (context.config.production && !flags.force) {
    throw new DomainError(
      'INVALID_INPUT',
      'This is production (NODE_ENV), and seed writes made-up teams: add --force if you mean it.',
    );
  }
  const platform = await openDatabase(context);
  // The embedded database is this machine's own, and its demo team is made up as well.
  const isOwn = context.config.database.url === undefined;
  const startedAt = performance.now();
  const { counts, databaseBytes } = await seedTeams(platform, {
    teams: factsOf(demo, options),
    onlyBeside: flags.force || isOwn ? null : flags.prefix,
    signal: lifetime.signal,
    onTeam: (team, { aiUsage, pullRequests }) =>
      progress.update(
        `writing ${team.slug} of ${options.teams} teams, after ${formatCount(pullRequests.inserted)} pull requests and ${formatCount(aiUsage.inserted)} usage rows`,
      ),
  });
  progress.stop();
  const seconds = (performance.now() - startedAt) / 1000;
  context.print(
    flags.json
      ? `${JSON.stringify({ ...counts, seconds, databaseBytes })}\n`
      : renderCounts(counts, seconds, databaseBytes),
  );
  return 0;
}

function* factsOf(
  { planTeam, pullRequestsOf, usageOf }: typeof Demo,
  options: InstallationOptions,
): Generator<TeamFacts> {
  const completeFrom = toUtcMidnight(addDays(options.today, -options.days));
  for (let ordinal = 1; ordinal <= options.teams; ordinal += 1) {
    const team = planTeam(options, ordinal);
    yield {
      ...team,
      completeFrom,
      pullRequests: () => pullRequestsOf(options, team),
      usage: (member) => usageOf(options, team, member),
    };
  }
}

function renderCounts(counts: SeedCounts, seconds: number, bytes: number): string {
  const table = new Table({
    head: ['', 'inserted', 'updated', 'unchanged', 'seconds', 'rows/s'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  const add = (name: string, rows: SeededRows, spent: number): void => {
    const all = rows.inserted + rows.updated + rows.unchanged;
    table.push([
      name,
      formatCount(rows.inserted),
      formatCount(rows.updated),
      formatCount(rows.unchanged),
      spent === 0 ? '' : spent.toFixed(1),
      spent === 0 ? '' : formatCount(all / spent),
    ]);
  };
  add('pull requests', counts.pullRequests, counts.pullRequests.seconds);
  add('  with them: reviews, commits, files, labels', counts.children, 0);
  add('AI usage', counts.aiUsage, counts.aiUsage.seconds);
  const { rolledUp, seconds: rollingUp } = counts.weeks;
  return `${table.toString()}
${formatCount(rolledUp)} weeks of teams rolled up in ${rollingUp.toFixed(1)} s; all in ${seconds.toFixed(1)} s. The database has ${formatBytes(bytes)}.
`;
}
