import { afterAll, beforeAll, expect, it } from 'vitest';
import { AI_USAGE, type AiUsageRow } from '../../../../src/db/usage/ai-usage-table.ts';
import {
  createBulkConnection,
  type OpenBulkConnection,
} from '../../../../src/db/bulk/bulk-connection.ts';
import { bulkUpsert } from '../../../../src/db/bulk/bulk-upsert.ts';
import { dropExpiredPartitions } from '../../../../src/db/retention/retention-partitions.ts';
import { rollUpTeam } from '../../../../src/db/rollups/roll-up-team.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import {
  ensureUsagePartitions,
  upcomingUsageMonths,
} from '../../../../src/db/usage/usage-partitions.ts';
import { addTeam, openScene, readNumber, type Scene } from '../scene.ts';
import { addUsage, readAudit } from './usage-rows.ts';
import { NEVER_MS } from '../../../support/patience.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** The days on both sides of two borders of months, one of them a year's. */
const FIRST_DAY = Date.parse('2025-12-28T12:00:00Z');
const LAST_DAY = Date.parse('2026-02-03T12:00:00Z');

let scene: Scene;
let bulk: OpenBulkConnection;

beforeAll(async () => {
  scene = await openScene();
  bulk = createBulkConnection({
    connectionString: scene.database.applicationUrl,
    poolSize: 3,
    applicationName: 'throughline-test',
    onConnectionError: () => undefined,
    connectMs: NEVER_MS,
  });
});

afterAll(async () => {
  await bulk.close();
  await scene.close();
});

function usage(memberId: bigint, at: number, writtenAt: number): AiUsageRow {
  return {
    memberId,
    date: new Date(at).toISOString().slice(0, 10),
    source: 'CURSOR',
    suggestionsShown: 3,
    suggestionsAccepted: 1,
    linesSuggested: 3,
    linesAccepted: 1,
    interactions: 1,
    activeHours: null,
    credits: null,
    syncedAt: new Date(writtenAt),
  };
}

async function addMembers(teamId: bigint, count: number): Promise<bigint[]> {
  const { rows } = await scene.sql.query<{ id: string }>(
    `INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
    SELECT $1, n, 'm' || n, 'HUMAN', 'TYPE_USER', false FROM generate_series(1, $2::integer) AS n RETURNING id`,
    [teamId, count],
  );
  return rows.map(({ id }) => BigInt(id));
}

it('months come and go under writers and readers: no error, no row too few, none too many', async () => {
  const { teamId } = await addTeam(scene.sql, 'month-end');
  await scene.sql.query('UPDATE team SET ai_usage_retention_days = 30');
  await addUsage(scene.sql, teamId, { from: '2025-11-01', to: '2025-11-30', members: 2 });
  const ids = await addMembers(teamId, 9);
  const [first, second, third] = [ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)];
  let inserted = 60;
  const dropped: string[] = [];

  // Today and yesterday, as a sync does: every border of a month is written to from both sides.
  const throughOwnConnection = async (now: number): Promise<void> => {
    const rows = first.flatMap((id) => [usage(id, now, now), usage(id, now - DAY_MS, now)]);
    const counts = await bulkUpsert(bulk, AI_USAGE, teamId, rows);
    inserted += counts.inserted;
  };
  const inTransaction = async (now: number): Promise<void> => {
    const rows = second.flatMap((id) => [usage(id, now, now), usage(id, now - DAY_MS, now)]);
    const days = rows.map(({ date }) => date);
    await ensureUsagePartitions(scene.db, days);
    const counts = await withTeam(scene.db, teamId, (tx) => bulkUpsert(tx, AI_USAGE, teamId, rows));
    inserted += counts.inserted;
  };
  // Days that are about to go, as an import does: into the month that is being removed.
  const tooLate = async (now: number): Promise<void> => {
    const rows = third.map((id) => usage(id, now - 31 * DAY_MS, now));
    const counts = await bulkUpsert(bulk, AI_USAGE, teamId, rows);
    inserted += counts.inserted;
  };
  const read = async (now: number): Promise<void> => {
    const since = new Date(now - 2 * DAY_MS);
    const counted = await withTeam(scene.db, teamId, (tx) =>
      tx.aiUsageDaily.count({ where: { date: { gte: since } } }),
    );
    // What was written in the days before is there, whatever happens to other months.
    expect(counted).toBeGreaterThanOrEqual(now === FIRST_DAY ? 0 : 6);
  };
  const housekeeping = async (now: number): Promise<void> => {
    await ensureUsagePartitions(scene.db, upcomingUsageMonths(new Date(now)));
    await rollUpTeam(scene.db, teamId);
    const results = await dropExpiredPartitions(scene.database.maintenanceUrl, {
      now: new Date(now),
      days: null,
      lockTimeoutMs: 5_000,
      actorId: null,
    });
    dropped.push(...results.filter(({ outcome }) => outcome === 'DROPPED').map(({ name }) => name));
  };

  for (let now = FIRST_DAY; now <= LAST_DAY; now += DAY_MS) {
    await Promise.all(
      [housekeeping, throughOwnConnection, inTransaction, tooLate, read, throughOwnConnection].map(
        (work) => work(now),
      ),
    );
  }

  // A month waits while somebody writes into one of its weeks; now nobody does.
  await housekeeping(LAST_DAY);
  expect(new Set(dropped)).toEqual(new Set(['ai_usage_daily_2025_11', 'ai_usage_daily_2025_12']));
  // Each row that was ever inserted is there, or stands in the audit.
  const audited = (await readAudit(scene.sql, teamId)) as readonly { readonly rows: number }[];
  const gone = audited.reduce((sum, { rows }) => sum + rows, 0);
  const stored = await readNumber(scene.sql, 'SELECT count(*) FROM ai_usage_daily');
  expect(gone).toBeGreaterThanOrEqual(60);
  expect(stored + gone).toBe(inserted);
  // Six members on each day of January and of the first days of February.
  expect(
    await readNumber(
      scene.sql,
      `SELECT count(*) FROM ai_usage_daily WHERE date >= '2026-01-01' AND member_id = ANY ($1::bigint[])`,
      [[...first, ...second].map(String)],
    ),
  ).toBe(34 * 6);
  expect(
    await readNumber(scene.sql, `SELECT count(*) FROM pg_inherits WHERE inhdetachpending`),
  ).toBe(0);
});
