import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createBulkConnection } from '../../../../src/db/bulk/bulk-connection.ts';
import { bulkUpsert } from '../../../../src/db/bulk/bulk-upsert.ts';
import { AI_USAGE, type AiUsageRow } from '../../../../src/db/usage/ai-usage-table.ts';
import type { Db } from '../../../../src/db/core/client.ts';
import { createNodeDb, verifyDb } from '../../../../src/db/core/node-client.ts';
import { createReadSource } from '../../../../src/db/reads/read-source.ts';
import { commitPage } from '../../../../src/db/sync/sync-pages.ts';
import { openBackfillRun, openRepositoryRun } from '../../../../src/db/sync/sync-runs.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { aPullRequest, aRepository, aReview } from '../../../support/rows/facts.ts';
import { findPgbouncer, startPgbouncer } from '../../../support/postgres/pgbouncer.ts';
import type { RunningPgbouncer } from '../../../support/postgres/pgbouncer.ts';
import { expectNothingLeft } from '../bulk/pooled-connections.ts';
import { addTeam, openScene, readNumber, type Scene, type SceneTeam } from '../scene.ts';
import { readMemberWeeks, rollUp } from '../rollups/stored-member-weeks.ts';
import { NEVER_MS, PATIENT } from '../../../support/patience.ts';

/** Fewer than clients, so that they share connections. */
const POOL_SIZE = 3;
const SINCE = new Date('2025-09-01T00:00:00Z');
const SYNCED_AT = new Date('2026-01-31T00:00:00Z');

const found = await findPgbouncer();
const isMissing = 'reason' in found;

describe.skipIf(isMissing)(
  `PgBouncer in transaction mode${isMissing ? ` is not tested here: ${found.reason}` : ''}`,
  () => {
    let scene: Scene;
    let pooler: RunningPgbouncer;
    let pooled: Db;
    let teams: SceneTeam[];

    beforeAll(async () => {
      scene = await openScene();
      pooler = await start({ databaseUrl: scene.database.applicationUrl, poolSize: POOL_SIZE });
      pooled = client(pooler.url, 8);
      teams = [];
      for (const slug of ['one', 'two', 'three', 'four']) {
        teams.push(await addTeam(scene.sql, slug));
      }
    });

    afterAll(async () => {
      await pooled.$disconnect();
      await pooler.stop();
      await scene.close();
    });

    function start(options: Parameters<typeof startPgbouncer>[1]): Promise<RunningPgbouncer> {
      if (isMissing) {
        throw new Error(found.reason);
      }
      return startPgbouncer(found, options);
    }

    function client(connectionString: string, poolSize: number): Db {
      return createNodeDb({
        connectionString,
        poolSize,
        applicationName: 'throughline-test pooled',
        onConnectionError: () => undefined,
        deadlines: PATIENT.database,
      });
    }

    /** Stores two pages of a sync and rolls up what they touch, as a worker does. */
    async function syncTeam(db: Db, team: SceneTeam): Promise<void> {
      const syncRunId = await withTeam(db, team.teamId, async (tx) => {
        const workflow = { workflowId: 'backfill', workflowRunId: `run ${team.teamId}` };
        const parentId = await openBackfillRun(tx, {
          ...workflow,
          teamId: team.teamId,
          since: SINCE,
          repositories: [],
          requestedBy: null,
        });
        const sync = { ...team, parentId, workflowId: 'sync:1:1', attempt: 0, since: SINCE };
        return (await openRepositoryRun(tx, sync)).id;
      });
      for (const [page, cursorBefore] of [null, 'after-1'].entries()) {
        const numbers = Array.from({ length: 25 }, (_, index) => page * 25 + index + 1);
        const pullRequests = numbers.map((number) =>
          aPullRequest({ number, title: `${team.teamId}`, reviews: [aReview()] }),
        );
        await withTeam(db, team.teamId, (tx) =>
          commitPage(tx, {
            ...team,
            syncRunId,
            cursorBefore,
            cursorAfter: `after-${page + 1}`,
            repository: aRepository(),
            heads: null,
            asked: null,
            pullRequests,
            rejected: [],
            newestUpdatedAt: SYNCED_AT,
            totalCount: 50,
            points: 1,
            isLast: page === 1,
            syncedAt: SYNCED_AT,
          }),
        );
        await rollUp(db, team);
      }
    }

    /** Titles of pull requests, as the gateway reads them for a member of one team. */
    async function readTitles(db: Db, team: SceneTeam): Promise<Set<string>> {
      const session = createReadSource(db, PATIENT.reads).open({
        userId: team.teamId,
        teamIds: [team.teamId],
      });
      try {
        const rows = await session.db.pullRequest.findMany({ select: { title: true } });
        return new Set(rows.map(({ title }) => title));
      } finally {
        await session.close();
      }
    }

    it('is accepted with the settings that we deploy', async () => {
      await expect(verifyDb(pooled)).resolves.toBeUndefined();
    });

    it('that does not ignore our start-up option is refused with what to do', async () => {
      const strict = await start({
        databaseUrl: scene.database.applicationUrl,
        poolSize: 1,
        settings: { ignore_startup_parameters: null },
      });
      onTestFinished(() => strict.stop());
      const db = client(strict.url, 1);
      onTestFinished(() => db.$disconnect());
      const outcome = await verifyDb(db).then(
        () => 'accepted',
        (error: Error) => error.message,
      );
      // From 1.20 on PgBouncer reads the option itself, and passes the zone on.
      const readsOptions = !isMissing && found.minor >= 20;
      expect(outcome).toMatch(
        readsOptions
          ? /^accepted$/
          : /^The pooler refuses our start-up option \(.*options.*\): let PgBouncer ignore it .*\.$/,
      );
    });

    it('whose sessions are not in UTC is refused with what to do', async () => {
      const elsewhere = await start({
        databaseUrl: scene.database.applicationUrl,
        poolSize: 1,
        databaseSettings: 'timezone=America/New_York',
      });
      onTestFinished(() => elsewhere.stop());
      const db = client(elsewhere.url, 1);
      onTestFinished(() => db.$disconnect());
      await expect(verifyDb(db)).rejects.toMatchObject({
        code: 'DATABASE_UNAVAILABLE',
        message: expect.stringMatching(/runs in time zone America\/New_York, .*PgBouncer/),
      });
    });

    it('carries syncs, rollups and reads of several teams at once as a direct connection does', async () => {
      const [direct, ...through] = teams;
      if (direct === undefined) {
        throw new Error('there is no team');
      }
      await syncTeam(scene.db, direct);
      const seen = new Map(through.map((team) => [team, new Set<string>()]));
      let isDone = false;
      const readers = through.map(async (team) => {
        while (!isDone) {
          for (const title of await readTitles(pooled, team)) {
            seen.get(team)?.add(title);
          }
        }
      });
      await Promise.all(through.map((team) => syncTeam(pooled, team))).finally(() => {
        isDone = true;
      });
      await Promise.all(readers);
      const expected = await readMemberWeeks(scene.sql, direct);
      expect(expected.length).toBeGreaterThan(1);
      for (const team of through) {
        expect(await readMemberWeeks(scene.sql, team)).toEqual(expected);
        expect(await readTitles(pooled, team)).toEqual(new Set([`${team.teamId}`]));
        // Whatever was read in the middle of it was the team's own.
        expect([...(seen.get(team) ?? [])].filter((title) => title !== `${team.teamId}`)).toEqual(
          [],
        );
      }
      expect(await countBackends()).toBeLessThanOrEqual(POOL_SIZE);
    });

    it('shows one moment to all reads of an answer, and lets them write nothing', async () => {
      const [team] = teams;
      const session = createReadSource(pooled, PATIENT.reads).open({
        userId: 1n,
        teamIds: [team?.teamId ?? 0n],
      });
      const slug = async () => (await session.db.team.findFirstOrThrow({})).slug;
      expect(await slug()).toBe('one');
      await scene.sql.query(`UPDATE team SET name = 'Renamed' WHERE slug = 'one'`);
      expect((await session.db.team.findFirstOrThrow({})).name).toBe('one');
      await expect(
        session.query(`UPDATE team SET name = 'x' RETURNING 1 AS one`, []),
      ).rejects.toThrow('read-only transaction');
      await session.close();
    });

    it('says OVERLOADED when all its connections are taken, and works again when one is free', async () => {
      const limits = { maxWaitMs: 300, lockMs: NEVER_MS, holdMs: NEVER_MS };
      const scope = { userId: 1n, teamIds: [] };
      const holders = Array.from({ length: POOL_SIZE }, () =>
        createReadSource(pooled, PATIENT.reads).open(scope),
      );
      await Promise.all(holders.map((session) => session.query('SELECT 1 AS one', [])));
      const late = createReadSource(pooled, limits).open(scope);
      await expect(late.query('SELECT 1 AS one', [])).rejects.toMatchObject({ code: 'OVERLOADED' });
      await late.close();
      await Promise.all(holders.map((session) => session.close()));
      const next = createReadSource(pooled, PATIENT.reads).open(scope);
      await expect(next.query('SELECT 1 AS one', [])).resolves.toEqual([{ one: 1 }]);
      await next.close();
      await expectNothingLeft(pooler.url, POOL_SIZE);
    });

    it('carries both write paths of the bulk writer from several connections at once', async () => {
      const bulk = createBulkConnection({
        connectionString: pooler.url,
        poolSize: 6,
        applicationName: 'throughline-test bulk',
        onConnectionError: () => undefined,
        connectMs: NEVER_MS,
      });
      onTestFinished(() => bulk.close());
      const rows = new Map<SceneTeam, AiUsageRow[]>();
      for (const team of teams) {
        rows.set(team, await usageOf(team));
      }
      const results = await Promise.all(
        teams.flatMap((team) => {
          const all = rows.get(team) ?? [];
          const { teamId } = team;
          return [
            bulkUpsert(bulk, AI_USAGE, teamId, all),
            bulkUpsert(bulk, AI_USAGE, teamId, all.slice(0, 100)),
            withTeam(pooled, teamId, (tx) => bulkUpsert(tx, AI_USAGE, teamId, all.slice(0, 500)), {
              lockTimeoutMs: NEVER_MS,
            }),
          ];
        }),
      );
      for (const [index, team] of teams.entries()) {
        const all = rows.get(team) ?? [];
        const ofTeam = results.slice(index * 3, index * 3 + 3);
        expect(ofTeam.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(all.length);
        expect(ofTeam.reduce((sum, { updated }) => sum + updated, 0)).toBe(0);
        const stored = 'SELECT count(*) FROM ai_usage_daily WHERE team_id = $1';
        expect(await readNumber(scene.sql, stored, [team.teamId])).toBe(all.length);
      }
      expect(await countBackends()).toBeLessThanOrEqual(POOL_SIZE);
      await expectNothingLeft(pooler.url, POOL_SIZE);
    });

    /** More rows than go by arrays, of members of the team. */
    async function usageOf({ teamId }: SceneTeam): Promise<AiUsageRow[]> {
      const { rows } = await scene.sql.query<{ id: string }>(
        `INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
        SELECT $1, -n, 'user ' || n, 'HUMAN', 'USER', false FROM generate_series(1, 100) AS n RETURNING id`,
        [teamId],
      );
      return rows.flatMap(({ id }) =>
        Array.from({ length: 60 }, (_, day) => ({
          memberId: BigInt(id),
          date: new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10),
          source: 'CURSOR' as const,
          suggestionsShown: 10,
          suggestionsAccepted: day % 10,
          linesSuggested: 20,
          linesAccepted: 8,
          interactions: 3,
          activeHours: null,
          credits: 1.5,
          syncedAt: SYNCED_AT,
        })),
      );
    }

    function countBackends(): Promise<number> {
      return readNumber(
        scene.sql,
        `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name IN ('throughline-test pooled', 'throughline-test bulk')`,
      );
    }
  },
);
