import type { ActorFact } from '../../domain/members/actor.ts';
import type { RepositoryFact } from '../../domain/pulls/github-facts.ts';
import type { Db } from '../core/client.ts';
import { upsertRepository } from '../sync/repositories.ts';
import { upsertInternalMembers } from '../members/members.ts';
import { provisionTeam } from './provision.ts';
import { withTeam } from '../core/team-transaction.ts';

export interface SeedTeamInput {
  readonly slug: string;
  readonly name: string;
  readonly members: readonly ActorFact[];
  readonly repositories: readonly RepositoryFact[];
  /** Metrics are whole from here on. */
  readonly completeFrom: Date;
}

export interface SeededTeam {
  readonly teamId: bigint;
  /** Row ids by GitHub's number. */
  readonly members: ReadonlyMap<bigint, bigint>;
  readonly repositories: ReadonlyMap<bigint, bigint>;
}

/** A team other than those with this prefix; null when there is none. */
export async function findOtherTeam(maintenance: Db, prefix: string): Promise<string | null> {
  const team = await maintenance.team.findFirst({
    where: { NOT: { slug: { startsWith: `${prefix}-` } } },
    select: { slug: true },
  });
  return team?.slug ?? null;
}

/**
 * Measures the tables that a seed fills: autovacuum comes to it only later, and until then plans are made for empty
 * tables.
 * @param maintenance as the owner of the tables
 */
export async function analyzeFacts(maintenance: Db): Promise<void> {
  await maintenance.$executeRaw`
    ANALYZE member, pull_request, pull_request_label, review, commit, pull_request_file, ai_usage_daily, rollup_dirty`;
}

/** Size of the whole database. */
export async function readDatabaseBytes(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ bytes: number }[]>`
    SELECT pg_database_size(current_database())::float8 AS bytes`;
  return row?.bytes ?? 0;
}

/**
 * Makes a made-up team with its people and repositories, or finds it. Its connection leads nowhere and says so.
 * @param maintenance as the owner of the tables
 * @param db as the application role
 */
export async function seedTeam(maintenance: Db, db: Db, input: SeedTeamInput): Promise<SeededTeam> {
  const { teamId } = await provisionTeam(maintenance, {
    slug: input.slug,
    name: input.name,
    adminEmail: 'admin@localhost',
    adminName: 'Local admin',
  });
  const found = await maintenance.githubConnection.findFirst({ where: { teamId } });
  const connection =
    found ??
    (await maintenance.githubConnection.create({
      data: {
        teamId,
        kind: 'PAT',
        apiUrl: 'https://github.example',
        status: 'NEEDS_REAUTH',
        statusReason: 'Made up by throughline seed: there is nothing to fetch from.',
      },
    }));
  return withTeam(db, teamId, async (tx) => {
    const written = await upsertInternalMembers(tx, teamId, input.members);
    const members = new Map(input.members.map((one) => [one.githubId, written.of(one).id]));
    const repositories = new Map<bigint, bigint>();
    for (const fact of input.repositories) {
      const key = { teamId, connectionId: connection.id };
      repositories.set(fact.githubId, await upsertRepository(tx, key, fact));
    }
    await tx.repository.updateMany({
      where: {
        teamId,
        OR: [{ completeFrom: null }, { completeFrom: { gt: input.completeFrom } }],
      },
      data: { syncState: 'ACTIVE', completeFrom: input.completeFrom },
    });
    return { teamId, members, repositories };
  });
}
