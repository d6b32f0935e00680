import { AI_USAGE, type AiUsageRow } from '../../db/usage/ai-usage-table.ts';
import { bulkUpsert } from '../../db/bulk/bulk-upsert.ts';
import { storePullRequests } from '../../db/pulls/pull-requests.ts';
import { rollUpTeam } from '../../db/rollups/roll-up-team.ts';
import {
  analyzeFacts,
  findOtherTeam,
  readDatabaseBytes,
  seedTeam,
  type SeededTeam,
  type SeedTeamInput,
} from '../../db/teams/seed-team.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { AiUsageFact } from '../../domain/usage/ai-usage.ts';
import type { PullRequestFact, RepositoryFact } from '../../domain/pulls/github-facts.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { withBulkSession, type BulkSession } from './bulk-session.ts';
import type { Platform } from '../platform/platform.ts';

/** A made-up team with all its facts, which are made while they are read. */
export interface TeamFacts extends SeedTeamInput {
  /** Oldest first. */
  pullRequests(): Iterable<{
    readonly repository: RepositoryFact;
    readonly fact: PullRequestFact;
  }>;
  /** Usage of one member, by the place in `members`. */
  usage(index: number): Iterable<AiUsageFact>;
}

interface WrittenRows {
  inserted: number;
  updated: number;
  unchanged: number;
}

/** Rows that were written of one kind, and how long it took. */
export interface SeededRows extends WrittenRows {
  seconds: number;
}

export interface SeedCounts {
  readonly pullRequests: SeededRows;
  /** Reviews, commits, files and labels; what changed counts as inserted. */
  readonly children: SeededRows;
  readonly aiUsage: SeededRows;
  /** Weeks of teams. */
  readonly weeks: { rolledUp: number; seconds: number };
}

/** Pull requests in one transaction: with their files some thousands of rows, as the bulk writer likes it. */
const PULL_REQUESTS_PER_BATCH = 500;

/**
 * When all of it was read: the same at each time, so that only the facts decide what is new.
 * It lies before any real reading, which would win.
 */
const SYNCED_AT = new Date('2000-01-01T00:00:00Z');

export interface SeedOptions {
  readonly teams: Iterable<TeamFacts>;
  /** Refuses a database with teams whose slugs do not begin so; null takes any. */
  readonly onlyBeside: string | null;
  readonly signal: AbortSignal;
  /** Called before each team. */
  readonly onTeam: (team: TeamFacts, counts: SeedCounts) => void;
}

export interface SeedResult {
  readonly counts: SeedCounts;
  readonly databaseBytes: number;
}

/**
 * Writes made-up teams, one after another, then rolls their weeks up.
 * @throws DomainError INVALID_INPUT when the database has other teams
 */
export async function seedTeams(
  platform: Pick<Platform, 'database'>,
  options: SeedOptions,
): Promise<SeedResult> {
  return withBulkSession(platform, 'throughline seed', async (session) => {
    const { onlyBeside } = options;
    const other = onlyBeside === null ? null : await findOtherTeam(session.maintenance, onlyBeside);
    if (other !== null) {
      throw new DomainError(
        'INVALID_INPUT',
        `The database has other teams, such as ${other}, and seed writes made-up ones: add --force if you mean it.`,
      );
    }
    const none = (): SeededRows => ({ inserted: 0, updated: 0, unchanged: 0, seconds: 0 });
    const counts: SeedCounts = {
      pullRequests: none(),
      children: none(),
      aiUsage: none(),
      weeks: { rolledUp: 0, seconds: 0 },
    };
    const teamIds: bigint[] = [];
    for (const team of options.teams) {
      options.signal.throwIfAborted();
      options.onTeam(team, counts);
      teamIds.push(await writeTeam(session, team, counts, options.signal));
    }
    await analyzeFacts(session.maintenance);
    const startedAt = performance.now();
    for (const teamId of teamIds) {
      counts.weeks.rolledUp += await rollUpTeam(session.db, teamId, options.signal);
    }
    counts.weeks.seconds = secondsSince(startedAt);
    return { counts, databaseBytes: await readDatabaseBytes(session.db) };
  });
}

/**
 * Writes a made-up team through the same writer as everything else. Writing it again changes nothing.
 * @param counts what was written is added to it
 * @returns id of the team
 */
async function writeTeam(
  session: BulkSession,
  facts: TeamFacts,
  counts: SeedCounts,
  signal: AbortSignal,
): Promise<bigint> {
  const { db, maintenance, bulk } = session;
  const team = await seedTeam(maintenance, db, facts);
  await writePullRequests(session, team, facts, counts, signal);
  const startedAt = performance.now();
  const usage = await bulkUpsert(bulk, AI_USAGE, team.teamId, usageRows(team, facts));
  add(counts.aiUsage, usage, startedAt);
  return team.teamId;
}

function add(total: SeededRows, rows: Readonly<WrittenRows>, startedAt: number): void {
  total.inserted += rows.inserted;
  total.updated += rows.updated;
  total.unchanged += rows.unchanged;
  total.seconds += secondsSince(startedAt);
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

async function writePullRequests(
  { db }: BulkSession,
  team: SeededTeam,
  facts: TeamFacts,
  counts: SeedCounts,
  signal: AbortSignal,
): Promise<void> {
  const { teamId } = team;
  const waiting = new Map<bigint, PullRequestFact[]>();

  async function write(githubId: bigint, pullRequests: readonly PullRequestFact[]): Promise<void> {
    signal.throwIfAborted();
    const repositoryId = rowId(team.repositories, githubId);
    const startedAt = performance.now();
    const stored = await withTeam(db, teamId, (tx) =>
      storePullRequests(tx, { teamId, repositoryId, pullRequests, syncedAt: SYNCED_AT }),
    );
    add(counts.pullRequests, stored, startedAt);
    counts.children.inserted += stored.childrenWritten;
    counts.children.unchanged += stored.childrenIn - stored.childrenWritten;
  }

  for (const { repository, fact } of facts.pullRequests()) {
    const page = waiting.get(repository.githubId) ?? [];
    waiting.set(repository.githubId, page);
    page.push(fact);
    if (page.length === PULL_REQUESTS_PER_BATCH) {
      waiting.delete(repository.githubId);
      await write(repository.githubId, page);
    }
  }
  for (const [githubId, page] of waiting) {
    await write(githubId, page);
  }
}

function* usageRows(team: SeededTeam, facts: TeamFacts): Generator<AiUsageRow> {
  for (const [index, member] of facts.members.entries()) {
    const memberId = rowId(team.members, member.githubId);
    for (const fact of facts.usage(index)) {
      yield { ...fact, memberId, syncedAt: SYNCED_AT };
    }
  }
}

function rowId(ids: ReadonlyMap<bigint, bigint>, githubId: bigint): bigint {
  const id = ids.get(githubId);
  if (id === undefined) {
    throw new Error(`GitHub's number ${githubId} was written but not read back`);
  }
  return id;
}
